import { RUNGS, type OpenSession, type Rung } from '../session';
import type { Step, Ways } from './ladder';
import { lackOfMse, openMse } from './mse';
import type { Source } from './source';
import { lackOfWebCodecs, openWebCodecs } from './webcodecs';

/**
 * The ways of this browser to one place; `only` holds it on one of them, if the browser has that.
 *
 * WebCodecs is the first in a camera's own window and on a wall: there, with 16 tiles of 640x360 on two cores, its
 * pictures are 0.08 s old and those of MSE 0.16 s, and each costs the browser 69 % of a core, where bare hls.js takes 66 %
 * (`python -m tests.bench.edge --only pixels browser`, medians).
 */
export function waysTo(
  edge: Source,
  cameraId: string,
  video: HTMLVideoElement,
  openHls: OpenSession,
  only: Rung | null,
): Ways {
  const hls: Step = { rung: 'hls', form: null, open: openHls };
  const all = [
    {
      step: { rung: 'webcodecs', form: 'units', open: openWebCodecs(edge, cameraId, video) },
      lack: lackOfWebCodecs(),
    },
    { step: { rung: 'mse', form: 'fmp4', open: openMse(edge, cameraId, video) }, lack: lackOfMse() },
    { step: hls, lack: null },
  ] as const;
  const wished = all.filter(({ step }) => only === null || step.rung === only);
  const [first = hls, ...others] = wished.filter(({ lack }) => lack === null).map(({ step }): Step => step);
  return { steps: [first, ...others], lack: wished[0]?.lack ?? null };
}

/** What the address asks for with `?transport=`; null when it leaves the choice to us. */
export const wishedRung = (search: string): Rung | null =>
  RUNGS.find((rung) => rung === new URLSearchParams(search).get('transport')) ?? null;
