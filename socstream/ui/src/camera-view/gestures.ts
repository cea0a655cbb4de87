import type { TargetedKeyboardEvent, TargetedPointerEvent, TargetedWheelEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Point, WHOLE, type Zoom, moved, pinch, zoomed } from './zoom';

const STEP = 1.5;
const MIDDLE: Point = { x: 0.5, y: 0.5 };
const KEYS: Readonly<Record<string, (zoom: Zoom) => Zoom>> = {
  '+': (zoom) => zoomed(zoom, STEP, MIDDLE),
  '=': (zoom) => zoomed(zoom, STEP, MIDDLE),
  '-': (zoom) => zoomed(zoom, 1 / STEP, MIDDLE),
  '0': () => WHOLE,
  ArrowLeft: (zoom) => moved(zoom, { x: 1 / 8, y: 0 }),
  ArrowRight: (zoom) => moved(zoom, { x: -1 / 8, y: 0 }),
  ArrowUp: (zoom) => moved(zoom, { x: 0, y: 1 / 8 }),
  ArrowDown: (zoom) => moved(zoom, { x: 0, y: -1 / 8 }),
};

/** A point in px from the frame's corner. */
function pointIn(frame: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = frame.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

/** Px as parts of the frame. */
const partOf = ({ clientWidth, clientHeight }: HTMLElement, { x, y }: Point): Point => ({
  x: x / Math.max(1, clientWidth),
  y: y / Math.max(1, clientHeight),
});

const from = (before: Point, now: Point): Point => ({ x: now.x - before.x, y: now.y - before.y });

type PointerEvents = TargetedPointerEvent<HTMLElement>;

export interface Gestures {
  readonly zoom: Zoom;
  /** As if this key had been pressed. */
  readonly press: (key: string) => boolean;
  /** What the frame listens to. */
  readonly on: {
    readonly onWheel: (event: TargetedWheelEvent<HTMLElement>) => void;
    readonly onDblClick: (event: MouseEvent & { readonly currentTarget: HTMLElement }) => void;
    readonly onPointerDown: (event: PointerEvents) => void;
    readonly onPointerMove: (event: PointerEvents) => void;
    readonly onPointerUp: (event: PointerEvents) => void;
    readonly onPointerCancel: (event: PointerEvents) => void;
    readonly onKeyDown: (event: TargetedKeyboardEvent<HTMLElement>) => void;
  };
}

/** Zoom and pan of a picture by wheel, drag, two fingers, double click and keys. */
export function useGestures(): Gestures {
  const [zoom, setZoom] = useState(WHOLE);
  const fingers = useRef(new Map<number, Point>());
  const press = (key: string): boolean => {
    const act = KEYS[key];
    if (act !== undefined) setZoom(act);
    return act !== undefined;
  };
  const move = (event: PointerEvents): void => {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) return;
    const frame = event.currentTarget;
    const at = pointIn(frame, event);
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, at);
    if (other === undefined) return setZoom((now) => moved(now, partOf(frame, from(before, at))));
    const [was, is] = [pinch(before, other), pinch(at, other)];
    setZoom((now) => {
      const larger = zoomed(now, is.apart / was.apart, partOf(frame, was));
      return moved(larger, partOf(frame, from(was, is)));
    });
  };
  const lift = (event: PointerEvents): void => void fingers.current.delete(event.pointerId);
  const on: Gestures['on'] = {
    onWheel: (event) => {
      event.preventDefault();
      const frame = event.currentTarget;
      const [factor, at] = [Math.exp(-event.deltaY / 400), partOf(frame, pointIn(frame, event))];
      setZoom((before) => zoomed(before, factor, at));
    },
    onDblClick: (event) => {
      const frame = event.currentTarget;
      const at = partOf(frame, pointIn(frame, event));
      setZoom((before) => (before.scale > 1 ? WHOLE : zoomed(before, 2.5, at)));
    },
    onPointerDown: (event) => {
      if (event.button !== 0 || fingers.current.size === 2) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, pointIn(event.currentTarget, event));
    },
    onPointerMove: move,
    onPointerUp: lift,
    onPointerCancel: lift,
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
      if (press(event.key)) event.preventDefault();
    },
  };
  return { zoom, press, on };
}
