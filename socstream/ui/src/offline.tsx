import type { JSX } from 'preact';
import { say } from './i18n/say';
import { Ring } from './tile';
import type { Wall } from './wall';
import { duration } from './words';

const PATIENCE = 3000; // a hiccup of the network moves nothing on the page
const PERIOD = 2000; // between two tries

/** Says that the server is away: since when, why, and when it is tried again. What is on the wall stays there. */
export function Offline({ wall }: { wall: Wall }): JSX.Element | null {
  const { trouble, heardAt } = wall.listing.value;
  const now = wall.now.value.here;
  if (trouble === null || heardAt === null || now - trouble.since < PATIENCE) return null;
  const left = wall.askAt === null ? 0 : Math.max(0, wall.askAt - now);
  return (
    <div class="banner" data-offline>
      <p>
        <b role="status">{trouble.message}</b> {say('for {time}', { time: duration(now - trouble.since) })}
      </p>
      <p class="more">{say('What stands here is older than that.')}</p>
      <p class="next num">
        <Ring part={Math.min(1, left / PERIOD)} />
        <span>{left < 1000 ? say('trying now') : say('next try in {time}', { time: duration(left) })}</span>
        <button type="button" onClick={() => wall.wake()}>
          {say('Try now')}
        </button>
      </p>
    </div>
  );
}
