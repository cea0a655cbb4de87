import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { say } from './i18n/say';
import { Logo } from './logo';
import type { Truth } from './truth';
import type { Wall } from './wall';
import { duration, timeOfDay } from './words';

/** The conditions that the top bar counts. */
export type Condition = 'live' | 'stalled' | 'down' | 'maintenance';

/** Which count a tile belongs to; null while it is on its way, or meant to be off. */
export function conditionOf({ state, word }: Truth): Condition | null {
  if (word === 'DOWN') return 'down';
  switch (state) {
    case 'live':
    case 'connecting': // for the server it is live, and only our own player is not there yet
      return 'live';
    case 'stalled':
    case 'frozen':
    case 'late':
    case 'reconnecting':
      return 'stalled';
    case 'maintenance':
      return 'maintenance';
    default:
      return null;
  }
}

interface TopProps {
  readonly wall: Wall;
  readonly menu: ComponentChildren;
  readonly chooser: ComponentChildren;
  readonly list: (condition: Condition) => void;
}

/** What is wrong, how old this page's knowledge is, what time it is. */
export function Top({ wall, menu, chooser, list }: TopProps): JSX.Element {
  const count: Record<Condition, number> = { live: 0, stalled: 0, down: 0, maintenance: 0 };
  for (const truth of wall.truths.value.values()) {
    const condition = conditionOf(truth);
    if (condition !== null) count[condition] += 1;
  }
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
      <ul class="counts num" aria-label={say('Cameras')}>
        {(Object.keys(count) as Condition[]).map((name) => (
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
