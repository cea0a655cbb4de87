import type { JSX } from 'preact';
import type { Course } from '../delays';
import { say } from '../i18n/say';
import { duration } from '../words';
import { lines } from './health';

interface PlotProps {
  readonly course: Course;
  readonly now: number;
  /** A value in its unit. */
  readonly shown: (value: number) => string;
  /** What the plot is of, for who cannot see it. */
  readonly label: (most: string) => string;
}

/** A value over the time of which it is known. */
export function Plot({ course, now, shown, label }: PlotProps): JSX.Element {
  const { paths, most } = lines(course, now);
  const first = course.points[0]?.[0];
  if (paths.length === 0 || first === undefined) return <p class="hint">{say('Nothing came yet.')}</p>;
  return (
    <>
      <svg
        class="plot"
        viewBox="0 -0.04 1 1.08"
        preserveAspectRatio="none"
        role="img"
        aria-label={label(shown(most))}
      >
        {paths.map((path) => (
          <path key={path} d={path} vector-effect="non-scaling-stroke" />
        ))}
      </svg>
      <p class="axis num">
        <span>{say('{time} ago', { time: duration(now - first) })}</span>
        <span>{say('at most {most}', { most: shown(most) })}</span>
        <span>{say('now')}</span>
      </p>
    </>
  );
}
