import type { Address } from './walls';

/** What the address says of this screen. */
export interface Screen {
  /** Nothing but pictures. */
  readonly kiosk: boolean;
  /** Seconds of each page, where the wall says none. */
  readonly seconds: number | null;
}

export function screenOf(search: string): Screen {
  const asked = new URLSearchParams(search);
  const seconds = Number(asked.get('seconds') ?? NaN);
  return { kiosk: asked.get('kiosk') === '1', seconds: seconds >= 5 && seconds <= 3600 ? seconds : null };
}

/** The `wall` of the address bar. */
export class AddressBar implements Address {
  constructor(
    private readonly location: Pick<Location, 'pathname' | 'search'>,
    private readonly history: Pick<History, 'pushState'>,
  ) {}

  read(): string | null {
    return new URLSearchParams(this.location.search).get('wall') || null;
  }

  write(wall: string | null): void {
    if (wall === this.read()) return;
    const asked = new URLSearchParams(this.location.search);
    if (wall === null) asked.delete('wall');
    else asked.set('wall', wall);
    const search = asked.toString();
    this.history.pushState(null, '', this.location.pathname + (search === '' ? '' : `?${search}`));
  }
}

/** The address that opens a wall on a screen of its own; with a code, it signs in by itself. */
export function kioskAddress(origin: string, wall: string | null, code: string | null): string {
  const asked = new URLSearchParams({ ...(wall !== null && { wall }), kiosk: '1' });
  return `${origin}/?${asked.toString()}${code === null ? '' : `#code=${encodeURIComponent(code)}`}`;
}
