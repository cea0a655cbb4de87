import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { say } from './i18n/say';
import { Logo } from './logo';
import type { Truth } from './truth';
import type { Wall } from './wall';
import { duration, timeOfDay } from './words';

/** The conditions that the top bar counts, in its order: each camera is in one of them. */
export const CONDITIONS = ['stopped', 'starting', 'live', 'stalled', 'down', 'maintenance'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** These are seldom, or soon over: shown only when there are some, and so that no other count moves. */
const PASSING: readonly Condition[] = ['stopped', 'starting'];

/** Which count a tile belongs to. */
export function conditionOf({ state, word }: Pick<Truth, 'state' | 'word'>): Condition {
  if (word === 'DOWN') return 'down';
  switch (state) {
    case 'connecting': // no picture is here yet, whatever the server has
    case 'starting':
      return 'starting';
    case 'stalled':
    case 'frozen':
    case 'late':
    case 'reconnecting':
      return 'stalled';
    case 'backoff':
      return 'down';
    case 'live':
    case 'stopped':
    case 'maintenance':
      return state;
  }
}

interface TopProps {
  readonly wall: Wall;
  readonly menu: ComponentChildren;
  readonly chooser: ComponentChildren;
  /** What has to be said before all else, in the place of the list's age: there it moves no picture. */
  readonly banner: ComponentChildren;
  readonly list: (condition: Condition) => void;
}

/** What is wrong, how old this page's knowledge is, what time it is. */
export function Top({ wall, menu, chooser, banner, list }: TopProps): JSX.Element {
  const conditions = [...wall.truths.value.values()].map(conditionOf);
  const count = Object.fromEntries(
    CONDITIONS.map((name) => [name, conditions.filter((one) => one === name).length]),
  ) as Record<Condition, number>;
  const trouble = count.down + count.stalled;
  useEffect(() => {
    document.title = trouble === 0 ? 'socstream' : `${say('{n} in trouble', { n: trouble })} · socstream`;
  }, [trouble]);
  return (
    <header>
      <h1>
        <Logo />
        socstream
      </h1>
      {chooser}
      <ListAge wall={wall} />
      {banner}
      <ul class="counts num" aria-label={say('Cameras')}>
        {CONDITIONS.filter((name) => count[name] > 0 || !PASSING.includes(name)).map((name) => (
          <li key={name} class={count[name] > 0 ? name : 'none'} data-count={name}>
            <button type="button" class="plain" onClick={() => list(name)}>
              <b>{count[name]}</b> {say(name)}
            </button>
          </li>
        ))}
      </ul>
      <time class="num">{timeOfDay(wall.now.value.server)}</time>
      {menu}
    </header>
  );
}

function ListAge({ wall }: { wall: Wall }): JSX.Element {
  const { heardAt, trouble } = wall.listing.value;
  const age = heardAt === null ? null : duration(wall.now.value.here - heardAt);
  return (
    <p class={`list num ${trouble === null ? '' : 'warn'}`} data-list-age title={trouble?.message}>
      {age !== null && <span>{say('list {age} old', { age })}</span>}
      {trouble !== null && <span>{trouble.message}</span>}
    </p>
  );
}
