import { describe, expect, test } from 'vitest';
import {
  NEW,
  changeBody,
  changed,
  draftOf,
  newBody,
  sourceBody,
  sourceKey,
  withoutSecrets,
} from '../../src/cameras-form/draft';
import { MAKES, addressOf, madeBy } from '../../src/cameras-form/makes';
import { type CameraRecord } from '../../src/cameras-form/record';

const CAMERA: CameraRecord = {
  id: '0b4c',
  name: 'Gate 4',
  location: { label: 'Yard', floor: 2 },
  label: 'Yard',
  host: '192.0.2.10',
  username: 'viewer',
  hasPassword: true,
  onDemand: false,
  idleAfter: 60,
  maintenance: false,
  version: 7,
  uptime: null,
  warnings: [],
  run: 1,
  segment: 1,
};

const address = (make: string, stream = 0, detail = '', host = '192.0.2.10'): string => {
  const found = madeBy(make);
  if (found === undefined) throw new Error(make);
  return addressOf(found, stream, host, detail);
};

describe('addresses of makes', () => {
  test.each([
    ['axis', 0, '', 'rtsp://192.0.2.10/axis-media/media.amp?videocodec=h264&camera=1'],
    ['axis', 1, '', 'rtsp://192.0.2.10/axis-media/media.amp?videocodec=h264&camera=1&resolution=640x360'],
    ['dahua', 0, '2', 'rtsp://192.0.2.10/cam/realmonitor?channel=2&subtype=0'],
    ['dahua', 1, '', 'rtsp://192.0.2.10/cam/realmonitor?channel=1&subtype=1'],
    ['hikvision', 0, '', 'rtsp://192.0.2.10/Streaming/Channels/101'],
    ['hikvision', 1, '17', 'rtsp://192.0.2.10/Streaming/Channels/1702'],
    ['reolink', 0, '', 'rtsp://192.0.2.10/Preview_01_main'],
    ['reolink', 1, '12', 'rtsp://192.0.2.10/Preview_12_sub'],
    ['tapo', 1, '', 'rtsp://192.0.2.10/stream2'],
    ['unifi', 0, 'aBcD1234', 'rtsps://192.0.2.10:7441/aBcD1234'],
    ['unifi', 1, 'rtsps://192.0.2.1:7441/aBcD1234?enableSrtp', 'rtsp://192.0.2.10:7447/aBcD1234'],
  ])('%s, stream %i, %s', (make, stream, detail, wanted) => {
    expect(address(make, stream, detail)).toBe(wanted);
  });

  test('wait for all that they need', () => {
    expect(address('tapo', 0, '', ' ')).toBe('');
    expect(address('unifi', 0, '')).toBe('');
  });

  test('take names and addresses of both kinds', () => {
    expect(address('tapo', 0, '', 'cam-1.local')).toBe('rtsp://cam-1.local/stream1');
    expect(address('tapo', 0, '', '2001:db8::10')).toBe('rtsp://[2001:db8::10]/stream1');
  });

  test('each make has a first stream', () => {
    for (const make of MAKES) expect(make.streams.length, make.name).toBeGreaterThan(1);
  });
});

describe('the form', () => {
  test('follows the make until somebody types another address', () => {
    const chosen = changed(changed(NEW, { make: 'hikvision' }), { host: '192.0.2.7' });
    expect(chosen.url).toBe('rtsp://192.0.2.7/Streaming/Channels/101');
    expect(changed(chosen, { stream: 1, detail: '3' }).url).toBe('rtsp://192.0.2.7/Streaming/Channels/302');
    const typed = changed(chosen, { url: 'rtsp://192.0.2.8:8554/x' });
    expect(typed).toMatchObject({ make: '', host: '192.0.2.8' });
    expect(changed(typed, { host: 'gate' }).url).toBe('rtsp://192.0.2.8:8554/x');
  });

  test('gives another make nothing of the one before', () => {
    const before = changed(changed(NEW, { make: 'dahua', host: 'a' }), { stream: 1, detail: '9' });
    expect(changed(before, { make: 'unifi' })).toMatchObject({ stream: 0, detail: '', url: '' });
  });

  test.each([
    ['rtsp://me:s%40cret@192.0.2.10:554/x', 'rtsp://192.0.2.10:554/x', 'me', 's@cret'],
    ['rtsp://me:a@b:c@host/x', 'rtsp://host/x', 'me', 'a@b:c'],
    ['rtsp://me@host', 'rtsp://host', 'me', 'kept'],
    ['rtsp://me:100%@host/', 'rtsp://host/', 'me', '100%'],
    [' rtsp://host/a@b ', 'rtsp://host/a@b', 'there', 'kept'],
  ])('moves the secrets out of %s', (url, wanted, username, password) => {
    const typed = { ...NEW, url, username: 'there', password: 'kept' };
    expect(withoutSecrets(typed)).toMatchObject({ url: wanted, username, password });
  });

  test('knows which test was about what stands in it', () => {
    const draft = { ...NEW, url: 'rtsp://host/' };
    expect(sourceKey({ ...draft, name: 'another' })).toBe(sourceKey(draft));
    expect(sourceKey({ ...draft, password: 'x' })).not.toBe(sourceKey(draft));
  });
});

describe('bodies', () => {
  const draft = { ...NEW, name: 'Gate', place: 'Yard', host: 'gate', url: 'rtsp://gate/' };

  test('a camera that asks for nothing gets no credentials', () => {
    expect(newBody(draft)).toEqual({
      name: 'Gate',
      location: 'Yard',
      ip_address: 'gate',
      stream_url: 'rtsp://gate/',
      mode: 'always',
    });
  });

  test('credentials and seconds go with those that need them', () => {
    const full = { ...draft, username: 'me', password: 's', onDemand: true, idleAfter: '30' };
    expect(newBody(full)).toMatchObject({
      credentials: { username: 'me', password: 's' },
      mode: 'on_demand',
      idle_after: 30,
    });
    expect(sourceBody(full)).toEqual({
      stream_url: 'rtsp://gate/',
      credentials: { username: 'me', password: 's' },
    });
  });

  test('a change says only what changed, and of which version', () => {
    expect(changeBody(draftOf(CAMERA), CAMERA)).toEqual({ version: 7 });
    expect(changeBody({ ...draftOf(CAMERA), name: 'Gate 5' }, CAMERA)).toEqual({
      version: 7,
      name: 'Gate 5',
    });
  });

  test('insisting says the version that is there now, and still only what was changed here', () => {
    expect(changeBody({ ...draftOf(CAMERA), name: 'Gate 5' }, CAMERA, 9)).toEqual({
      version: 9,
      name: 'Gate 5',
    });
  });

  test('a new label leaves the rest of a location there', () => {
    const { location } = changeBody({ ...draftOf(CAMERA), place: 'Roof' }, CAMERA) as { location: unknown };
    expect(location).toEqual({ label: 'Roof', floor: 2 });
  });

  test('another user keeps the password, no user has none', () => {
    expect(changeBody({ ...draftOf(CAMERA), username: 'me' }, CAMERA)).toMatchObject({
      credentials: { username: 'me' },
    });
    expect(changeBody({ ...draftOf(CAMERA), username: '' }, CAMERA)).toMatchObject({
      credentials: { username: '', password: '' },
    });
  });
});
