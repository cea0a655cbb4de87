import type { JSX } from 'preact';
import { bits } from '../figures';
import { say } from '../i18n/say';
import { duration } from '../words';
import { type History, lines } from './health';

/** How much the camera sent, over the time of which that is known. */
export function Plot({ history, now }: { history: History; now: number }): JSX.Element {
  const { paths, most } = lines(history, now);
  const first = history.bitrate[0]?.[0];
  if (paths.length === 0 || first === undefined) return <p class="hint">{say('Nothing came yet.')}</p>;
  return (
    <>
      <svg
        class="plot"
        viewBox="0 -0.04 1 1.08"
        preserveAspectRatio="none"
        role="img"
        aria-label={say('Bit rate, at most {most}', { most: bits(most) })}
      >
        {paths.map((path) => (
          <path key={path} d={path} vector-effect="non-scaling-stroke" />
        ))}
      </svg>
      <p class="axis num">
        <span>{say('{time} ago', { time: duration(now - first) })}</span>
        <span>{say('at most {most}', { most: bits(most) })}</span>
        <span>{say('now')}</span>
      </p>
    </>
  );
}
