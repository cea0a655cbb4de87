import { effect } from '@preact/signals';
import { render } from 'preact';
import { Api, playlistUrl } from './api';
import { App } from './app';
import { systemClock } from './clock';
import { openEvents } from './events';
import { Http } from './http';
import { language, speak, suited } from './i18n/say';
import { Identity, type News } from './identity';
import { openLateHls } from './latehls';
import { takeCode } from './link';
import { Ladder, probeOf } from './live/ladder';
import { LiveSocket, openLive } from './live/socket';
import { waysTo, wishedRung } from './live/steps';
import { keptLooks } from './looks';
import { ServerTime } from './servertime';
import type { Transport } from './session';
import { SignedHttp } from './signed';
import { Wall } from './wall';
import { AddressBar } from './walls/address';
import { WallsApi } from './walls/api';
import { Walls } from './walls/walls';

const serverTime = new ServerTime(systemClock);
const tabs = new BroadcastChannel('socstream-session');
const denied = (): void => void identity.check();
const http = new Http(fetch, systemClock, serverTime);
const api = new Api(http, denied);
const signed = new SignedHttp(http, denied);
const wallsApi = new WallsApi(http, denied);
const identity = new Identity(api, systemClock, (news) => tabs.postMessage(news));
tabs.onmessage = ({ data }: MessageEvent<News>) => identity.heard(data);
addEventListener('hashchange', () => void identity.start(takeCode(location, history)));
const edge = new LiveSocket(openLive, systemClock, denied, (at) => serverTime.stamped(at));
const rung = wishedRung(location.search);
const transport = (cameraId: string, video: HTMLVideoElement): Transport => {
  const ways = waysTo(edge, cameraId, video, openLateHls(playlistUrl(cameraId), video), rung);
  return new Ladder(ways, probeOf(edge, cameraId, systemClock), systemClock);
};
const makeWall = (): Wall => new Wall(api, transport, systemClock, serverTime, edge, openEvents, denied);
const makeWalls = (userId: string): Walls =>
  new Walls(wallsApi, systemClock, new AddressBar(location, history), userId);
const looks = keptLooks(() => localStorage);
effect(() => {
  const [wish, who] = [looks.value.language, identity.who.value];
  const his = who.kind === 'user' && who.user.language !== null ? [who.user.language] : [];
  // what somebody chose in this browser, else what his account says, else what the browser wishes
  void speak(wish === 'auto' ? suited([...his, ...navigator.languages]) : wish);
  document.documentElement.dataset['theme'] = looks.value.theme;
});

effect(() => {
  document.documentElement.lang = language();
});

void identity.start(takeCode(location, history));
render(<App {...{ identity, api, makeWall, wallsApi, makeWalls, looks, signed }} />, document.body);
