import { fetchHls } from './latehls';
import { brought, inDialog, inPage, lazily } from './lazy';

const desk = () => import('./desk');
const hung = () => import('./hung');

// What not everybody needs, or not at once, comes by itself.
export const Details = lazily(async () => (await desk()).Details, inDialog);
export const Office = lazily(async () => (await desk()).Office, inDialog);
export const Kiosk = lazily(async () => (await hung()).Kiosk, inPage);
export const WallRoom = lazily(async () => (await hung()).WallRoom, inPage);

/** Gets all parts before anybody asks: later the server may be away, or a newer one. */
export const fetchParts = (): void => {
  void brought(() => Promise.all([desk(), hung()]));
  fetchHls();
};
