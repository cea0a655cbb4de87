import type { JSX } from 'preact';
import { Dialog } from './dialog';
import { later, say } from './i18n/say';
import { type Condition, conditionOf } from './top';
import type { Wall } from './wall';
import { duration } from './words';

const TITLES: Record<Condition, string> = {
  stopped: later('Stopped'),
  starting: later('On their way'),
  live: later('Live'),
  stalled: later('Stalled, or not reaching this screen'),
  down: later('Down'),
  maintenance: later('In maintenance'),
};

interface ListProps {
  readonly wall: Wall;
  readonly condition: Condition;
  readonly close: () => void;
  readonly show: (cameraId: string) => void;
}

/** The cameras behind one of the counts. */
export function CameraList({ wall, condition, close, show }: ListProps): JSX.Element {
  const truths = wall.truths.value;
  const all = wall.listing.value.cameras.flatMap((camera) => {
    const truth = truths.get(camera.id);
    return truth !== undefined && conditionOf(truth) === condition ? [{ camera, truth }] : [];
  });
  return (
    <Dialog title={`${say(TITLES[condition])}: ${all.length}`} close={close} wide>
      {all.length === 0 && <p>{say('No camera.')}</p>}
      <ul class="cameras" data-camera-list>
        {all.map(({ camera, truth }) => (
          <li key={camera.id}>
            <button type="button" class="plain" onClick={() => show(camera.id)}>
              <b>{camera.name}</b>
              <span>{camera.location}</span>
              <span>{truth.state === 'live' ? '' : say(truth.why)}</span>
              <span class="num">{truth.age === null ? '' : duration(truth.age)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
