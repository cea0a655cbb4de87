import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Camera } from '../camera';
import { pressed, toggleFullScreen } from '../controls';
import { seconds, wayOf } from '../figures';
import { say } from '../i18n/say';
import { Icon } from '../icon';
import { isShortcut } from '../keys';
import { isDark, useLastPicture } from '../lastpicture';
import { TileScreen } from '../screen';
import { fileName, savePicture } from '../snapshot';
import { Veil, dateOf } from '../tile';
import { type Truth, truth } from '../truth';
import { decimal } from '../words';
import type { Look, PictureFacts, Wall } from '../wall';
import { useGestures } from './gestures';

interface PictureProps {
  readonly camera: Camera;
  readonly wall: Wall;
  readonly mayOperate: boolean;
}

/** What there is to say about this place's picture; null until it is mounted. */
interface Told {
  readonly truth: Truth;
  readonly facts: PictureFacts;
}

/** The full picture of one camera, as true as its tile, to be looked at closely. */
export function Picture({ camera, wall, mayOperate }: PictureProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const kept = useRef<HTMLCanvasElement>(null);
  const [look, setLook] = useState<Look | null>(null);
  const [muted, setMuted] = useState(true);
  const { zoom, press, on } = useGestures();
  useEffect(() => {
    if (video.current === null || kept.current === null) return undefined;
    const mounted = wall.look(camera.id, video.current, new TileScreen(kept.current, video.current));
    mounted.show(true);
    setLook(mounted);
    return () => mounted.leave();
  }, [camera.id, wall]);
  const told = look && tell(camera, wall, look);
  const taken = useLastPicture(wall, camera.id, told !== null && isDark(told.truth, told.facts), kept);
  const save = (): void => {
    if (video.current === null || !told?.facts.width) return;
    savePicture(video.current, fileName(camera.name, wall.now.value.server - (told.facts.age ?? 0)));
  };
  return (
    <div
      ref={frame}
      class={`tile view ${told?.truth.tone ?? 'info'} ${zoom.scale > 1 ? 'zoomed' : ''}`}
      data-view={camera.id}
      data-state={told?.truth.state}
      data-still={told?.truth.still ?? true}
      data-zoom={zoom.scale.toFixed(2)}
      tabIndex={0}
      autofocus={true}
      role="group"
      aria-label={`${camera.name}, ${say(told?.truth.word ?? '')}. ${say('Plus and minus zoom, arrows move, 0 shows all.')}`}
      {...on}
      onKeyDown={(event) => {
        const isOurs = event.target === frame.current && !isShortcut(event);
        if (isOurs && pressed(event.currentTarget, event.key)) event.preventDefault();
        else on.onKeyDown(event);
      }}
    >
      <div
        class="layer"
        style={{ transform: `translate(${zoom.x * 100}%, ${zoom.y * 100}%) scale(${zoom.scale})` }}
      >
        <video ref={video} muted={muted} autoPlay playsInline tabIndex={-1} aria-hidden="true" />
        <canvas ref={kept} hidden aria-hidden="true" />
      </div>
      {told?.truth.still && <Veil truth={told.truth} retry={() => wall.tryNow(camera.id, mayOperate)} />}
      <Caption camera={camera} told={told} taken={taken} now={wall.now.value.server} />
      <div
        class="controls"
        onPointerDown={(event) => event.stopPropagation()}
        onDblClick={(event) => event.stopPropagation()}
      >
        <Control icon="minus" label={say('Smaller')} act={() => press('-')} />
        <span class="num" aria-live="off">{`${decimal(zoom.scale)} ×`}</span>
        <Control icon="plus" label={say('Larger')} act={() => press('+')} />
        <Control icon="whole" label={say('Whole picture')} act={() => press('0')} />
        {told?.facts.hasSound && (
          <Control
            icon={muted ? 'mute' : 'sound'}
            label={muted ? say('Sound on') : say('Sound off')}
            act={() => setMuted(!muted)}
          />
        )}
        <Control icon="snapshot" label={say('Save this picture')} act={save} />
        <Control icon="full" label={say('Full screen')} act={() => toggleFullScreen(frame.current)} />
      </div>
    </div>
  );
}

const tell = (camera: Camera, wall: Wall, look: Look): Told => ({
  truth: truth(camera, look.view.value, wall.now.value),
  facts: look.picture(),
});

interface CaptionProps {
  readonly camera: Camera;
  readonly told: Told | null;
  /** When the picture that the server kept was taken; null when it is not shown. */
  readonly taken: number | null;
  readonly now: number;
}

function Caption({ camera, told, taken, now }: CaptionProps): JSX.Element {
  const age = told?.facts.age ?? null;
  return (
    <div class="caption">
      <span class="name">{camera.name}</span>
      <span class="where">{camera.location}</span>
      <span class="end num">
        {told?.truth.still && dateOf(told.truth, told.facts, taken, now)}
        {told !== null && !told.truth.still && (
          <>
            <span class="badge" data-badge>
              {say(told.truth.word)}
            </span>
            {age !== null && (
              <span data-way={told.facts.way?.rung}>
                {told.facts.way && `${wayOf(told.facts.way)} · `}
                {say('{seconds} s behind', { seconds: seconds(age) })}
              </span>
            )}
          </>
        )}
      </span>
    </div>
  );
}

interface ControlProps {
  readonly icon: Parameters<typeof Icon>[0]['name'];
  readonly label: string;
  readonly act: () => void;
}

const Control = ({ icon, label, act }: ControlProps): JSX.Element => (
  <button type="button" class="plain" aria-label={label} title={label} onClick={act}>
    <Icon name={icon} />
  </button>
);
