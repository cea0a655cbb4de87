import type { JSX } from 'preact';
import type { Camera } from './camera';
import { Dialog } from './dialog';
import { figuresOf } from './figures';
import { type Condition, conditionOf } from './top';
import type { Wall } from './wall';
import { duration } from './words';

const TITLES: Record<Condition, string> = {
  live: 'Live',
  stalled: 'Stalled, or not reaching this screen',
  down: 'Down',
  maintenance: 'In maintenance',
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
    <Dialog title={`${TITLES[condition]}: ${all.length}`} close={close} wide>
      {all.length === 0 && <p>No camera.</p>}
      <ul class="cameras" data-camera-list>
        {all.map(({ camera, truth }) => (
          <li key={camera.id}>
            <button type="button" class="plain" onClick={() => show(camera.id)}>
              <b>{camera.name}</b>
              <span>{camera.location}</span>
              <span>{truth.state === 'live' ? '' : truth.why}</span>
              <span class="num">{truth.age === null ? '' : duration(truth.age)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface DetailsProps {
  readonly wall: Wall;
  readonly camera: Camera;
  readonly close: () => void;
}

/** What is known of one camera and of its picture here. */
export function Details({ wall, camera, close }: DetailsProps): JSX.Element {
  const truth = wall.truths.value.get(camera.id);
  const { failure, since } = camera.stream;
  // how long it has been live is for the server to say: our own player may just have begun
  const age = truth?.state === 'live' && since !== null ? wall.now.value.server - since : truth?.age;
  const facts = [
    ...(camera.location === '' ? [] : [['Place', camera.location] as const]),
    ...(truth === undefined ? [] : [['State', truth.word] as const]),
    ...(age ? [['For', duration(age)] as const] : []),
    ...(failure === null ? [] : [['Reason', `${failure.message} (${failure.code})`] as const]),
    ...(failure?.remedy ? [['What to do', failure.remedy] as const] : []),
    ...figuresOf(camera, wall.picture(camera.id)),
  ];
  return (
    <Dialog title={camera.name} close={close}>
      <dl class="num" data-details>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
