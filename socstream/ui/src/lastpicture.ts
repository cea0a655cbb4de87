import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cameraUrl } from './api';
import { systemClock } from './clock';
import { TileScreen } from './screen';
import type { Picture } from './session';
import type { Truth } from './truth';
import type { PictureFacts, Wall } from './wall';

const LATER = 1500; // ms: the players of cameras that run go first
const TIMEOUT = 8000;

/** A picture that the server keeps of a camera, and how old it is, in ms. */
export interface LastPicture {
  readonly picture: Picture;
  readonly age: number;
}

/** Asks the server for a camera's newest picture; null when it has none, or does not answer. */
export async function lastPicture(
  cameraId: string,
  fetch: typeof globalThis.fetch,
  decode: (body: Blob) => Promise<ImageBitmap>,
): Promise<LastPicture | null> {
  try {
    const answer = await fetch(`${cameraUrl(cameraId)}/last-image`, { signal: AbortSignal.timeout(TIMEOUT) });
    const age = answer.headers.get('Age');
    // whoever has no picture gets a sign, as SVG
    if (!answer.ok || age === null || answer.headers.get('Content-Type') !== 'image/jpeg') return null;
    const image = await decode(await answer.blob());
    return { picture: { image, width: image.width, height: image.height }, age: Number(age) * 1000 };
  } catch {
    return null; // the tile says in words what is wrong
  }
}

/** Whether a place is in trouble and has not shown any picture yet. */
export const isDark = (truth: Truth | undefined, { shownAt }: PictureFacts): boolean =>
  truth !== undefined && truth.still && (truth.tone === 'bad' || truth.tone === 'warn') && shownAt === null;

/** Puts the picture that the server kept where there is none; when it was taken (ms since 1970), null while not shown. */
export function useLastPicture(
  wall: Wall,
  cameraId: string,
  isWanted: boolean,
  kept: RefObject<HTMLCanvasElement | null>,
): number | null {
  const [taken, setTaken] = useState<number | null>(null);
  useEffect(() => {
    if (!isWanted) return undefined;
    let isOver = false;
    const ask = async (): Promise<void> => {
      const found = await lastPicture(cameraId, fetch, createImageBitmap);
      if (found === null || isOver || kept.current === null) return;
      new TileScreen(kept.current).freeze(found.picture);
      setTaken(wall.now.peek().server - found.age);
    };
    const cancel = systemClock.after(LATER, () => void ask());
    return () => {
      isOver = true;
      cancel();
    };
  }, [wall, cameraId, isWanted, kept]);
  return taken;
}
