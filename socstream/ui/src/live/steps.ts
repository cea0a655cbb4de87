import { RUNGS, type OpenSession, type Rung } from '../session';
import type { Step } from './ladder';
import { hasMse, openMse } from './mse';
import type { Source } from './source';
import { hasWebCodecs, openWebCodecs } from './webcodecs';

/** The ways that this browser has, the best first; `only` holds it on one of them, if it has that. */
export function stepsFor(
  edge: Source,
  cameraId: string,
  video: HTMLVideoElement,
  openHls: OpenSession,
  only: Rung | null,
): readonly [Step, ...Step[]] {
  const hls: Step = { rung: 'hls', form: null, open: openHls };
  const live: Step[] = [];
  if (hasWebCodecs())
    live.push({ rung: 'webcodecs', form: 'units', open: openWebCodecs(edge, cameraId, video) });
  if (hasMse()) live.push({ rung: 'mse', form: 'fmp4', open: openMse(edge, cameraId, video) });
  const [first = hls, ...others] = [...live, hls].filter(({ rung }) => only === null || rung === only);
  return [first, ...others];
}

/** What the address asks for with `?transport=`; null when it leaves the choice to us. */
export const wishedRung = (search: string): Rung | null =>
  RUNGS.find((rung) => rung === new URLSearchParams(search).get('transport')) ?? null;
