// One file of its own: walls that somebody arranged.
export { Kiosk } from './walls/kiosk';
export { WallRoom } from './walls/room';
