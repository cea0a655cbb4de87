import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Camera } from '../camera';
import type { CamerasApi } from '../cameras-form/api';
import { CameraForm } from '../cameras-form/form';
import type { CameraRecord } from '../cameras-form/record';
import { AdviceList, type Test, TestResult, failedTest } from '../cameras-form/report';
import { Dialog } from '../dialog';
import type { Course } from '../delays';
import { bits, figuresOf } from '../figures';
import { say } from '../i18n/say';
import { type User, mayOperate } from '../user';
import type { Wall } from '../wall';
import { decimal, duration } from '../words';
import { Actions } from './actions';
import type { HealthApi } from './api';
import { type Health, useHealth } from './asked';
import { Picture } from './picture';
import { Plot } from './plot';
import { OutageList, Strip } from './strip';

interface ViewProps {
  readonly wall: Wall;
  readonly camera: Camera;
  readonly user: User;
  readonly cameras: CamerasApi;
  readonly health: HealthApi;
  readonly close: () => void;
}

/** One camera, whole: its picture, how it was, what is wrong, and what can be done about it. */
export function CameraView({ wall, camera, user, cameras, health: api, close }: ViewProps): JSX.Element {
  const [health, again] = useHealth(api, camera.id);
  // what is edited is the camera as it was then: what others change meanwhile is a conflict
  const [edited, setEdited] = useState<CameraRecord | null>(null);
  const [test, setTest] = useState<Test>({ kind: 'none' });
  const look = async (): Promise<void> => {
    setTest({ kind: 'running' });
    const answer = await cameras.probeKnown(camera.id);
    setTest(answer.kind === 'ok' ? { kind: 'done', report: answer.value, key: '' } : failedTest(answer));
  };
  return (
    <Dialog title={camera.name} close={close} full>
      <Picture camera={camera} wall={wall} mayOperate={mayOperate(user)} />
      <div class="health" tabIndex={0} role="region" aria-label={say('Health')} data-health>
        <State wall={wall} camera={camera} />
        {test.kind !== 'none' && <TestResult test={test} isOld={false} hasSource />}
        <Past health={health} delays={wall.delays.of(camera.id)} now={wall.now.value.server} />
        <Section title={say('Stream')}>
          <Figures wall={wall} camera={camera} health={health} />
        </Section>
        <AdviceList advice={health.record?.warnings ?? []} />
        <Section title={say('FFmpeg said')}>
          <pre class="said" tabIndex={0} data-log>
            {health.log?.join('\n') || say('nothing')}
          </pre>
        </Section>
        {health.trouble !== null && (
          <p class="problem" role="status">
            {say('This may be old. {why}', { why: health.trouble })}
          </p>
        )}
      </div>
      {mayOperate(user) && (
        <Actions
          camera={camera}
          user={user}
          test={test.kind === 'running' ? null : () => void look()}
          api={cameras}
          edit={health.record === null ? null : () => setEdited(health.record)}
          done={again}
          close={close}
        />
      )}
      {edited !== null && (
        <CameraForm
          api={cameras}
          camera={edited}
          close={() => setEdited(null)}
          saved={() => {
            setEdited(null);
            again();
          }}
        />
      )}
    </Dialog>
  );
}

export function Section({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** What it is, for how long, and why; the same words as over its tile. */
function State({ wall, camera }: { wall: Wall; camera: Camera }): JSX.Element | null {
  const truth = wall.truths.value.get(camera.id);
  const { failure } = camera.stream;
  if (truth === undefined) return null;
  return (
    <div class={`state-now num ${truth.tone}`}>
      <p>
        <b>{say(truth.word)}</b> {truth.age !== null && say('for {time}', { time: duration(truth.age) })}
      </p>
      {truth.still && <p>{say(truth.why)}</p>}
      {failure !== null && <p class="hint">{say('Code: {code}', { code: failure.code })}</p>}
    </div>
  );
}

interface PastProps {
  readonly health: Health;
  readonly delays: Course;
  readonly now: number;
}

function Past({ health, delays, now }: PastProps): JSX.Element {
  const { history, outages, record } = health;
  return (
    <>
      <Section title={say('Last 24 hours')}>
        <div class="past">
          {history !== null && outages !== null && (
            <Strip history={history} outages={outages} uptime={record?.uptime ?? null} now={now} />
          )}
        </div>
      </Section>
      <Section title={say('Bit rate')}>
        <div class="past">
          {history !== null && (
            <Plot
              course={history.bitrate}
              now={now}
              shown={bits}
              label={(most) => say('Bit rate, at most {most}', { most })}
            />
          )}
        </div>
      </Section>
      <Section title={say('Delay on this screen')}>
        <div class="past" data-delays>
          <Plot
            course={delays}
            now={now}
            shown={(ms) => `${decimal(ms / 1000)} s`}
            label={(most) => say('Delay, at most {most}', { most })}
          />
        </div>
      </Section>
      {outages !== null && outages.length > 0 && (
        <Section title={say('Outages')}>
          <OutageList outages={outages} now={now} />
        </Section>
      )}
    </>
  );
}

interface FiguresProps {
  readonly wall: Wall;
  readonly camera: Camera;
  readonly health: Health;
}

function Figures({ wall, camera, health: { record } }: FiguresProps): JSX.Element {
  const facts: readonly (readonly [string, string])[] = [
    ...figuresOf(camera, wall.picture(camera.id)),
    ...(record?.segment ? [['Segments of', `${record.segment} s`] as const] : []),
    ...(record === null ? [] : [['Restarts', String(Math.max(0, record.run - 1))] as const]),
    ...(record === null ? [] : [['Address', record.host] as const]),
    ...(record?.username ? [['User', record.username] as const] : []),
    ...(record?.onDemand ? [['Runs', say('only while somebody looks')] as const] : []),
  ];
  return (
    <dl class="num" data-details>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{say(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
