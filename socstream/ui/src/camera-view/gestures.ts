import type { TargetedKeyboardEvent, TargetedPointerEvent, TargetedWheelEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Point, type Size, WHOLE, type Zoom, moved, pinch, zoomed } from './zoom';

const STEP = 1.5;
const KEYS: Readonly<Record<string, (zoom: Zoom, frame: Size) => Zoom>> = {
  '+': (zoom, frame) => zoomed(zoom, STEP, middle(frame), frame),
  '=': (zoom, frame) => zoomed(zoom, STEP, middle(frame), frame),
  '-': (zoom, frame) => zoomed(zoom, 1 / STEP, middle(frame), frame),
  '0': () => WHOLE,
  ArrowLeft: (zoom, frame) => moved(zoom, { x: frame.width / 8, y: 0 }, frame),
  ArrowRight: (zoom, frame) => moved(zoom, { x: -frame.width / 8, y: 0 }, frame),
  ArrowUp: (zoom, frame) => moved(zoom, { x: 0, y: frame.height / 8 }, frame),
  ArrowDown: (zoom, frame) => moved(zoom, { x: 0, y: -frame.height / 8 }, frame),
};

const middle = ({ width, height }: Size): Point => ({ x: width / 2, y: height / 2 });

const sizeOf = (frame: HTMLElement): Size => ({ width: frame.clientWidth, height: frame.clientHeight });

function pointIn(frame: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = frame.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

type PointerEvents = TargetedPointerEvent<HTMLElement>;

export interface Gestures {
  readonly zoom: Zoom;
  /** As if this key had been pressed. */
  readonly press: (key: string, frame: HTMLElement | null) => boolean;
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
  const press = (key: string, frame: HTMLElement | null): boolean => {
    const act = KEYS[key];
    if (act === undefined || frame === null) return false;
    setZoom((before) => act(before, sizeOf(frame)));
    return true;
  };
  const move = (event: PointerEvents): void => {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) return;
    const frame = event.currentTarget;
    const at = pointIn(frame, event);
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, at);
    if (other === undefined)
      return setZoom((now) => moved(now, { x: at.x - before.x, y: at.y - before.y }, sizeOf(frame)));
    const [was, is] = [pinch(before, other), pinch(at, other)];
    setZoom((now) => {
      const larger = zoomed(now, is.apart / was.apart, was, sizeOf(frame));
      return moved(larger, { x: is.x - was.x, y: is.y - was.y }, sizeOf(frame));
    });
  };
  const lift = (event: PointerEvents): void => void fingers.current.delete(event.pointerId);
  const on: Gestures['on'] = {
    onWheel: (event) => {
      event.preventDefault();
      const frame = event.currentTarget;
      const [factor, at] = [Math.exp(-event.deltaY / 400), pointIn(frame, event)];
      setZoom((before) => zoomed(before, factor, at, sizeOf(frame)));
    },
    onDblClick: (event) => {
      const frame = event.currentTarget;
      const at = pointIn(frame, event);
      setZoom((before) => (before.scale > 1 ? WHOLE : zoomed(before, 2.5, at, sizeOf(frame))));
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
      if (press(event.key, event.currentTarget)) event.preventDefault();
    },
  };
  return { zoom, press, on };
}
