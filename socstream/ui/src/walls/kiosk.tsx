import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { systemClock } from '../clock';
import { toggleFullScreen } from '../controls';
import { KeyHelp } from '../help';
import { say } from '../i18n/say';
import { useKeys } from '../keys';
import type { Looks } from '../looks';
import { useSwipe } from '../swipe';
import type { Wall } from '../wall';
import { duration } from '../words';
import type { Screen } from './address';
import { arranged, onPage, pagesOf } from './arrange';
import type { Patrol, WallTile } from './named';
import { EARLY, type Round, begun, needsAttention, turned, walked } from './patrol';
import { Places, namesOf } from './places';
import { WakeLock } from './wakelock';
import type { Walls } from './walls';

const SECONDS = 20; // of each page, when nobody said otherwise
const IDLE = 3000; // of a pointer that does not move: nobody wants to see it

/** Keys for what a screen without a bar does not have. */
const WITHOUT_CHROME = ['W', 'L', '/'];

interface KioskProps {
  readonly wall: Wall;
  readonly walls: Walls;
  readonly screen: Screen;
  readonly looks: Signal<Looks>;
  /** The session ended, and nobody is here to sign in. */
  readonly isOut: boolean;
}

/** Nothing but pictures, for a screen without anybody in front of it. */
export function Kiosk({ wall, walls, screen, looks, isOut }: KioskProps): JSX.Element {
  const isIdle = useIdlePointer();
  useLitScreen();
  const { tiles, patrol } = useShown(wall, walls, screen);
  const { round, troubled, turn } = useRound(wall, tiles, patrol);
  useKioskKeys(looks, turn);
  useSwipe(turn);
  const left = round.until - wall.now.value.here;
  const isSoon = round.next !== null && left <= EARLY;
  return (
    <main class={isIdle ? 'kiosk idle' : 'kiosk'} data-kiosk data-page={round.page}>
      {tiles === null || tiles.length === 0 ? (
        <Nothing wall={wall} walls={walls} />
      ) : (
        <Places
          wall={wall}
          tiles={onPage(tiles, round.page)}
          soon={isSoon && round.next !== null ? onPage(tiles, round.next) : []}
          figures={looks.value.figures}
          mayOperate={false}
          open={(cameraId) => toggleFullScreen(document.querySelector(`[data-camera="${cameraId}"]`))}
        />
      )}
      <KeyHelp without={WITHOUT_CHROME} />
      <Mark wall={wall} isOut={isOut} round={round} troubled={troubled} />
    </main>
  );
}

/** Whoever stands before the screen with a keyboard, or a finger, is not shut out. */
function useKioskKeys(looks: Signal<Looks>, turn: (by: number) => void): void {
  const go = (to: number) => () => document.querySelectorAll<HTMLElement>('.tile:not([inert])')[to]?.focus();
  useKeys({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, to) => [String(to + 1), go(to)])),
    o: () => {
      looks.value = { ...looks.value, figures: !looks.value.figures };
    },
    '[': () => turn(-1),
    ']': () => turn(1),
  });
}

/** The tiles of the wall, or of all cameras; null while neither is known. */
function useShown(
  wall: Wall,
  walls: Walls,
  screen: Screen,
): { tiles: readonly WallTile[] | null; patrol: Patrol } {
  const named = walls.chosen.value;
  const isAll = walls.asked.value === null;
  const { cameras, heardAt } = wall.listing.value;
  const ids = cameras.map(({ id }) => id).join(' ');
  const everything = useMemo(() => arranged(ids === '' ? [] : ids.split(' ')), [ids]);
  const seconds = screen.seconds ?? SECONDS;
  if (isAll) return { tiles: heardAt === null ? null : everything, patrol: { seconds, pages: null } };
  return {
    tiles: heardAt === null ? null : (named?.tiles ?? null),
    patrol: named?.patrol ?? { seconds, pages: null },
  };
}

/** Walks the patrol, once a second. */
function useRound(
  wall: Wall,
  tiles: readonly WallTile[] | null,
  patrol: Patrol,
): { round: Round; troubled: readonly string[]; turn: (by: number) => void } {
  const now = wall.now.value.here;
  const having = pagesOf(tiles ?? []);
  const chosen = patrol.pages?.filter((page) => having.includes(page)) ?? [];
  const pages = chosen.length > 0 ? chosen : having;
  const cameras = namesOf(wall.listing.value.cameras);
  const truths = wall.truths.value;
  const inTrouble = (tiles ?? []).filter(
    ({ cameraId }) => cameras.has(cameraId) && needsAttention(truths.get(cameraId)),
  );
  const [round, setRound] = useState(() => begun(pages, patrol.seconds, now));
  const at = new Set(inTrouble.map(({ y }) => Math.floor(y / 24)));
  useEffect(() => {
    setRound((before) => walked(before, pages, at, patrol.seconds, now));
  }, [now, pages.join(), patrol.seconds]);
  const turn = (by: number): void =>
    setRound((before) => turned(before, pages, by, patrol.seconds, systemClock.now()));
  return {
    round,
    turn,
    troubled: [...new Set(inTrouble.map(({ cameraId }) => cameras.get(cameraId) ?? ''))],
  };
}

/** In a corner, and only when there is something to say. */
function Mark({
  wall,
  isOut,
  round,
  troubled,
}: {
  wall: Wall;
  isOut: boolean;
  round: Round;
  troubled: readonly string[];
}): JSX.Element | null {
  const { trouble } = wall.listing.value;
  const lines = [
    ...(isOut ? [say('Signed out: open this screen anew from another one')] : []),
    ...(trouble !== null && !isOut
      ? [`${trouble.message}, ${duration(wall.now.value.here - trouble.since)}`]
      : []),
    ...(round.waits && troubled.length > 0
      ? [
          say('Patrol waits: {names}', {
            names: troubled.slice(0, 3).join(', ') + (troubled.length > 3 ? ' …' : ''),
          }),
        ]
      : []),
  ];
  if (lines.length === 0) return null;
  return (
    <p class="mark num" role="status" data-mark>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </p>
  );
}

function Nothing({ wall, walls }: { wall: Wall; walls: Walls }): JSX.Element {
  const { asked, chosen, known, trouble } = walls;
  const isMissing = asked.value !== null && known.value !== null && chosen.value === null;
  const words = isMissing
    ? say('There is no wall “{name}”', { name: asked.value ?? '' })
    : wall.listing.value.heardAt === null || (asked.value !== null && known.value === null)
      ? say('Asking the server')
      : say('Nothing hangs on this wall yet');
  return (
    <section class="message" data-nothing>
      <h2>{words}</h2>
      {trouble.value !== null && <p>{trouble.value}</p>}
    </section>
  );
}

function useIdlePointer(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    let cancel = systemClock.after(IDLE, () => setIdle(true));
    const moved = (): void => {
      cancel();
      setIdle(false);
      cancel = systemClock.after(IDLE, () => setIdle(true));
    };
    addEventListener('pointermove', moved);
    return () => {
      removeEventListener('pointermove', moved);
      cancel();
    };
  }, []);
  return isIdle;
}

function useLitScreen(): void {
  useEffect(() => {
    // not there on pages without TLS, whatever the types say
    const lights = 'wakeLock' in navigator ? navigator.wakeLock : undefined;
    const lock = new WakeLock(lights, () => document.hidden, systemClock);
    const seen = (): void => void lock.take();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      lock.end();
    };
  }, []);
}
