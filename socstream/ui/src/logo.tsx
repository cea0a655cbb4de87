import type { JSX } from 'preact';

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 18 18" aria-hidden="true">
      <rect x="1" y="1" width="7" height="7" rx="1.5" />
      <rect x="10" y="1" width="7" height="7" rx="1.5" />
      <rect x="1" y="10" width="7" height="7" rx="1.5" />
      <circle cx="13.5" cy="13.5" r="2.6" />
    </svg>
  );
}
