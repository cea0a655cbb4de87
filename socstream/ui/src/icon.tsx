import type { JSX } from 'preact';

// One stroke width, 20 × 20.
const PATHS = {
  close: 'M5 5 15 15M15 5 5 15',
  sound: 'M3 8v4h3l4 3V5L6 8zM13 7.5a4 4 0 0 1 0 5M15.5 5a7 7 0 0 1 0 10',
  mute: 'M3 8v4h3l4 3V5L6 8zM13 8l4 4M17 8l-4 4',
  snapshot: 'M3 6.5h3l1.5-2h5l1.5 2h3v9H3zM10 8.5a2.5 2.5 0 1 0 .01 0z',
  full: 'M3 7.5V3.5h4M13 3.5h4v4M17 12.5v4h-4M7 16.5H3v-4',
  pip: 'M3 4.5h14v11H3zM10.5 10h4.5v3.5h-4.5z',
  details: 'M10 9v5M10 6v.5M10 2.5a7.5 7.5 0 1 0 .01 0z',
  search: 'M8.5 3.5a5 5 0 1 0 .01 0zM12.5 12.5 16.5 16.5',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  on: 'M8 4.5 13.5 10 8 15.5',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  whole: 'M4 4h12v12H4zM7.5 10h5M10 7.5v5',
  figures: 'M3.5 16v-5M8 16V7M12.5 16V9.5M17 16V4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
