import { render } from 'preact';
import { Api } from './api';
import { systemClock } from './clock';
import { openHls } from './hls';
import { Page } from './page';
import { ServerTime } from './servertime';
import { Wall } from './wall';

const serverTime = new ServerTime(systemClock);
const api = new Api(fetch, systemClock, serverTime);
const wall = new Wall(api, openHls(), systemClock, serverTime);

addEventListener('online', () => wall.wake());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) wall.wake();
});
render(<Page wall={wall} />, document.body);
wall.start();
