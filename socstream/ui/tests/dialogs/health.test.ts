import { describe, expect, test } from 'vitest';
import { bars, decodeHistory, decodeOutages, lines, worst } from '../../src/camera-view/health';
import { WHOLE, moved, pinch, zoomed } from '../../src/camera-view/zoom';

describe('zoom', () => {
  test('what lies under the pointer stays there', () => {
    const at = { x: 0.25, y: 0.5 };
    const zoom = zoomed(WHOLE, 2, at);
    expect(zoom).toEqual({ scale: 2, x: -0.25, y: -0.5 });
    expect((at.x - zoom.x) / zoom.scale).toBe(0.25);
  });

  test('has two ends', () => {
    expect(zoomed(WHOLE, 0.1, { x: 1, y: 1 })).toEqual(WHOLE);
    expect(zoomed(WHOLE, 1000, { x: 0, y: 0 }).scale).toBe(8);
  });

  test('never shows what is beside the picture', () => {
    const zoom = { scale: 2, x: -0.1, y: -0.9 };
    expect(moved(zoom, { x: 0.5, y: -0.5 })).toEqual({ scale: 2, x: 0, y: -1 });
    expect(moved(WHOLE, { x: 0.5, y: 0.5 })).toEqual(WHOLE);
    expect(zoomed({ scale: 4, x: -3, y: -3 }, 0.25, { x: 0, y: 0 })).toEqual(WHOLE);
  });

  test('two fingers on one point are still apart', () => {
    expect(pinch({ x: 0, y: 0 }, { x: 6, y: 8 })).toEqual({ x: 3, y: 4, apart: 10 });
    expect(pinch({ x: 1, y: 1 }, { x: 1, y: 1 }).apart).toBe(1);
  });
});

describe('the strip', () => {
  const phase = (state: string, since: number) => ({ state, since });

  test('each state lasts until the next one, the last until now', () => {
    expect(bars([phase('live', 0), phase('stalled', 50), phase('backoff', 60)], 0, 100)).toEqual([
      { tone: 'good', word: 'Live', from: 0, to: 0.5 },
      { tone: 'warn', word: 'Stalled', from: 0.5, to: 0.6 },
      { tone: 'bad', word: 'Down', from: 0.6, to: 1 },
    ]);
  });

  test('what is alike is one bar, and what was before is cut', () => {
    expect(bars([phase('down', -500), phase('backoff', 20), phase('live', 40)], 0, 100)).toEqual([
      { tone: 'bad', word: 'Down', from: 0, to: 0.4 },
      { tone: 'good', word: 'Live', from: 0.4, to: 1 },
    ]);
  });

  test('a state that nobody knows is neither good nor bad', () => {
    expect(bars([phase('dreaming', 0)], 0, 10)).toEqual([
      { tone: 'none', word: 'Not known', from: 0, to: 1 },
    ]);
    expect(bars([], 0, 10)).toEqual([]);
  });
});

test('the worst outage is the longest of those that reach into the time', () => {
  const outage = (began: number, ended: number | null, lasted: number) => ({
    ...{ began, ended, lasted },
    code: 'refused',
    message: 'It refuses.',
  });
  const outages = [outage(90, null, 10), outage(40, 70, 30), outage(-100, -20, 80)];
  expect(worst(outages, 0)).toEqual({ count: 2, longest: outages[1] });
  expect(worst([], 0)).toBeNull();
});

describe('the plot', () => {
  const history = (...points: [number, number | null][]) => ({ points, step: 10 });

  test('reaches from the first value to now, the highest at the top', () => {
    const { paths, most } = lines(history([0, 50], [10, 100], [20, 0]), 100);
    expect(most).toBe(100);
    expect(paths).toEqual(['M0.0500 0.5000L0.1500 0.0000L0.2500 1.0000']);
  });

  test('breaks where nothing came', () => {
    expect(lines(history([0, 1], [10, null], [20, null], [30, 1]), 40).paths).toHaveLength(2);
    expect(lines(history([0, null]), 40)).toEqual({ paths: [], most: 0 });
  });
});

describe('decoding', () => {
  test('a history', () => {
    const told = {
      states: [{ state: 'live', since: '2026-03-01T12:00:00.000Z' }],
      bitrate: [
        ['2026-03-01T12:00:00.000Z', 1000],
        ['2026-03-01T12:00:10.000Z', null],
      ],
      bitrate_step: 10,
    };
    const at = Date.parse('2026-03-01T12:00:00Z');
    expect(decodeHistory(told)).toEqual({
      states: [{ state: 'live', since: at }],
      bitrate: {
        points: [
          [at, 1000],
          [at + 10_000, null],
        ],
        step: 10_000,
      },
    });
    expect(() => decodeHistory({ states: 'none' })).toThrow('not a list');
  });

  test('outages', () => {
    const told = {
      began: '2026-03-01T12:00:00Z',
      ended: null,
      seconds: 4.5,
      code: 'refused',
      message: 'No.',
      run: 3,
    };
    expect(decodeOutages([told])).toEqual([
      { began: Date.parse(told.began), ended: null, lasted: 4500, code: 'refused', message: 'No.' },
    ]);
    expect(() => decodeOutages([null])).toThrow('no outage');
  });
});
