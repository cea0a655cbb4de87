import { effect } from '@preact/signals';
import { render } from 'preact';
import { Api } from './api';
import { App } from './app';
import { systemClock } from './clock';
import { openEvents } from './events';
import { openHls } from './hls';
import { Http } from './http';
import { Identity, type News } from './identity';
import { takeCode } from './link';
import { keptLooks } from './looks';
import { ServerTime } from './servertime';
import { Wall } from './wall';

const serverTime = new ServerTime(systemClock);
const tabs = new BroadcastChannel('socstream-session');
const api = new Api(new Http(fetch, systemClock, serverTime), () => void identity.check());
const identity = new Identity(api, systemClock, (news) => tabs.postMessage(news));
tabs.onmessage = ({ data }: MessageEvent<News>) => identity.heard(data);
addEventListener('hashchange', () => void identity.start(takeCode(location, history)));
const makeWall = (): Wall =>
  new Wall(api, openHls, systemClock, serverTime, openEvents, () => void identity.check());
const looks = keptLooks(() => localStorage);
effect(() => {
  document.documentElement.dataset['theme'] = looks.value.theme;
});

void identity.start(takeCode(location, history));
render(<App identity={identity} api={api} makeWall={makeWall} looks={looks} />, document.body);
