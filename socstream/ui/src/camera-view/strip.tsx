import type { JSX } from 'preact';
import { locale, say, sayCode } from '../i18n/say';
import { decimal, duration, moment } from '../words';
import type { CameraRecord } from '../cameras-form/record';
import { type Bar, DAY, type History, type Outage, bars, worst } from './health';

const WIDTH = 1440; // a minute is one unit
const HEIGHT = 20;
const NARROWEST = 4; // what was short is seen, too
// colour is never alone: the worse, the higher
const HEIGHTS: Readonly<Record<Bar['tone'], number>> = { good: 10, info: 14, warn: 17, bad: 20, none: 4 };

interface StripProps {
  readonly history: History;
  readonly outages: readonly Outage[];
  readonly uptime: CameraRecord['uptime'];
  readonly now: number;
}

/** The last 24 hours at one glance, and in words. */
export function Strip({ history, outages, uptime, now }: StripProps): JSX.Element {
  const since = now - DAY;
  const words = summary(outages, uptime, since);
  const shown = bars(history.states, since, now);
  return (
    <>
      <svg
        class="strip"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
      >
        {/* the worst last: it lies over what is short beside it */}
        {[...shown]
          .sort((a, b) => HEIGHTS[a.tone] - HEIGHTS[b.tone])
          .map((bar) => (
            <StripBar key={bar.from} bar={bar} since={since} now={now} />
          ))}
      </svg>
      <p class="axis num" aria-hidden="true">
        {[24, 18, 12, 6].map((hours) => (
          <span key={hours}>{hour(now - hours * 3_600_000)}</span>
        ))}
        <span>{say('now')}</span>
      </p>
      <p class="num" data-summary>
        {words}
      </p>
    </>
  );
}

const hour = (at: number): string =>
  new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });

function StripBar({ bar, since, now }: { bar: Bar; since: number; now: number }): JSX.Element {
  const width = Math.max((bar.to - bar.from) * WIDTH, bar.tone === 'good' ? 0 : NARROWEST);
  const height = HEIGHTS[bar.tone];
  const [from, to] = [since + bar.from * DAY, since + bar.to * DAY];
  return (
    <rect
      class={bar.tone}
      x={Math.min(bar.from * WIDTH, WIDTH - width)}
      y={HEIGHT - height}
      width={width}
      height={height}
    >
      <title>{`${say(bar.word)}, ${moment(from, now)} – ${moment(to, now)} (${duration(to - from)})`}</title>
    </rect>
  );
}

/** "99.4 % up · 2 outages · longest 17 min (The camera refuses …)". */
function summary(outages: readonly Outage[], uptime: number | null, since: number): string {
  const found = worst(outages, since);
  const share = uptime === null ? [] : [say('{percent} % up', { percent: decimal(uptime * 100) })];
  if (found === null) return [...share, say('no outage')].join(' · ');
  const count = found.count === 1 ? say('1 outage') : say('{count} outages', { count: found.count });
  const longest = say('longest {time}', { time: duration(found.longest.lasted) });
  return [
    ...share,
    count,
    `${longest} (${sayCode(found.longest.code, found.longest.message).replace(/\.$/, '')})`,
  ].join(' · ');
}

const SHOWN = 12;

/** When there were no pictures, and why. */
export function OutageList({ outages, now }: { outages: readonly Outage[]; now: number }): JSX.Element {
  return (
    <ol class="outages num">
      {outages.slice(0, SHOWN).map(({ began, ended, lasted, code, message }) => (
        <li key={began}>
          <time dateTime={new Date(began).toISOString()}>{moment(began, now)}</time>
          <b>{ended === null ? say('since then') : duration(lasted)}</b>
          <span>{sayCode(code, message)}</span>
        </li>
      ))}
      {outages.length > SHOWN && <li>{say('and {count} more', { count: outages.length - SHOWN })}</li>}
    </ol>
  );
}
