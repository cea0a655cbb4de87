import type { CSSProperties, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Camera } from './camera';
import { Controls, pressed, toggleFullScreen } from './controls';
import { figuresOf, seconds, wayOf } from './figures';
import { say } from './i18n/say';
import { isShortcut } from './keys';
import { isDark, useLastPicture } from './lastpicture';
import { TileScreen } from './screen';
import { savePicture, fileName } from './snapshot';
import type { Truth } from './truth';
import type { PictureFacts, Wall } from './wall';
import { duration, moment } from './words';

interface TileProps {
  readonly camera: Camera;
  readonly wall: Wall;
  readonly mayOperate: boolean;
  /** Whether codec, size and the like stand over the picture. */
  readonly figures: boolean;
  readonly open: () => void;
  /** Where it lies on a grid that is arranged by hand. */
  readonly place?: CSSProperties;
  /** Its turn comes soon: it plays already, but is not to be seen. */
  readonly soon?: boolean;
}

/** One camera: its picture and, when something is wrong, what, how long, why, what to do, and what happens next. */
export function Tile({
  camera,
  wall,
  mayOperate,
  figures,
  open,
  place,
  soon,
}: TileProps): JSX.Element | null {
  const tile = useRef<HTMLLIElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const kept = useRef<HTMLCanvasElement>(null);
  // before anything is painted: without a player of its own it would be as live as the server says
  useLayoutEffect(() => {
    if (tile.current === null || video.current === null || kept.current === null) return undefined;
    const seat = wall.mount(camera.id, video.current, new TileScreen(kept.current, video.current));
    const observer = new IntersectionObserver((entries) =>
      seat.show(entries.at(-1)?.isIntersecting === true),
    );
    observer.observe(tile.current);
    return () => {
      observer.disconnect();
      seat.leave();
    };
  }, [camera.id, wall]);

  const truth = wall.truths.value.get(camera.id);
  const picture = wall.picture(camera.id);
  const taken = useLastPicture(wall, camera.id, isDark(truth, picture), kept);
  if (truth === undefined) return null;
  const save = (): void => {
    const at = wall.now.value.server - (picture.age ?? 0);
    if (video.current !== null && picture.width !== null)
      savePicture(video.current, fileName(camera.name, at));
  };
  return (
    <li
      ref={tile}
      class={`tile ${truth.tone} ${soon ? 'soon' : ''}`}
      style={place ?? {}}
      inert={soon ?? false}
      data-camera={camera.id}
      data-state={truth.state}
      data-still={truth.still}
      data-way={picture.way?.rung}
      tabIndex={0}
      aria-label={[camera.name, camera.location, say(truth.word), truth.still ? say(truth.why) : '']
        .filter(Boolean)
        .join(', ')}
      aria-keyshortcuts={`Enter F ${picture.hasSound ? 'M ' : ''}S P R`}
      onDblClick={() => toggleFullScreen(tile.current)}
      onKeyDown={(event) => {
        if (event.target !== tile.current || isShortcut(event)) return;
        if (pressed(event.currentTarget, event.key)) event.preventDefault();
      }}
    >
      <video ref={video} muted autoPlay playsInline tabIndex={-1} aria-hidden="true" />
      <canvas ref={kept} hidden aria-hidden="true" />
      {truth.still && <Veil truth={truth} retry={() => wall.tryNow(camera.id, mayOperate)} />}
      {figures && <Figures camera={camera} picture={picture} />}
      <Caption camera={camera} truth={truth} picture={picture} taken={taken} now={wall.now.value.server} />
      <Controls tile={tile} video={video} hasSound={picture.hasSound} open={open} save={save} />
    </li>
  );
}

export function Veil({ truth, retry }: { truth: Truth; retry: Retry }): JSX.Element {
  return (
    <div class="veil">
      <p class="state num" data-badge>
        {say(truth.word)} {truth.age !== null && <span class="age">{duration(truth.age)}</span>}
      </p>
      <p class="why">{say(truth.why)}</p>
      {truth.remedy !== '' && <p class="remedy">{say(truth.remedy)}</p>}
      {truth.next !== null && (
        <p class="next num">
          <Ring part={truth.next.part} />
          {truth.next.left < 1000
            ? say('trying now')
            : say('next try in {time}', { time: duration(truth.next.left) })}
          {truth.state !== 'starting' && <TryNow retry={retry} />}
        </p>
      )}
    </div>
  );
}

/** How much of a wait is left. */
export function Ring({ part }: { part: number }): JSX.Element {
  return (
    <svg class="ring" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8" />
      <circle
        cx="10"
        cy="10"
        r="8"
        pathLength="1"
        stroke-dasharray={`${part} 2`}
        transform="rotate(-90 10 10)"
      />
    </svg>
  );
}

/** Tries at once; says what is in the way of that, if something is. */
export type Retry = () => Promise<string | null>;

function TryNow({ retry }: { retry: Retry }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const ask = async (): Promise<void> => {
    setAsking(true);
    setRefusal(await retry());
    setAsking(false);
  };
  return (
    <>
      <button
        type="button"
        data-key="r"
        disabled={asking}
        onClick={() => void ask()}
        onDblClick={(event) => event.stopPropagation()}
      >
        {say('Try now')}
      </button>
      {refusal !== null && <span role="status">{refusal}</span>}
    </>
  );
}

function Figures({ camera, picture }: { camera: Camera; picture: PictureFacts }): JSX.Element {
  return (
    <dl class="figures num">
      {figuresOf(camera, picture).map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/**
 * When a picture that stands still was taken, for people; "" while nothing is shown. `taken`: when the one was that the
 * server kept, null when it is not shown.
 */
export function dateOf(truth: Truth, { shownAt }: PictureFacts, taken: number | null, now: number): string {
  const at = shownAt ?? taken;
  return at === null || truth.tone === 'quiet' ? '' : say('picture of {time}', { time: moment(at, now) });
}

interface CaptionProps {
  camera: Camera;
  truth: Truth;
  picture: PictureFacts;
  /** When the picture that the server kept was taken; null when it is not shown. */
  taken: number | null;
  now: number;
}

function Caption({ camera, truth, picture, taken, now }: CaptionProps): JSX.Element {
  return (
    <div class="caption">
      <span class="name">{camera.name}</span>
      <span class="where">{camera.location}</span>
      <span class="end num">
        {truth.still ? (
          dateOf(truth, picture, taken, now)
        ) : (
          <>
            <span class="badge" data-badge>
              {say(truth.word)}
            </span>
            {picture.age !== null && (
              <span title={picture.way ? wayOf(picture.way) : say('age of the picture')}>
                {seconds(picture.age)} s
              </span>
            )}
          </>
        )}
      </span>
    </div>
  );
}
