import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Failed } from '../http';
import { say, sayCode } from '../i18n/say';
import { codecName, decimal, rounded } from '../words';
import type { Advice, Report } from './record';

/** What is under way, or came of a test. */
export type Test =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly report: Report; readonly key: string };

/** A test that did not take place, and why. */
export function failedTest({ message, problems }: Failed): Test {
  const [wrong] = problems ?? [];
  const why = wrong === undefined ? message : `${say('Address of the stream')} ${wrong.message}`;
  return {
    kind: 'failed',
    message: say('The test did not take place. {why}', { why: sentence(why) }),
  };
}

/** With its full stop. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

interface ResultProps {
  readonly test: Test;
  /** It was about other words than those that stand in the form now. */
  readonly isOld: boolean;
  /** There is an address that can be tested. */
  readonly hasSource: boolean;
}

/** What a test showed: the picture, the figures, and what could be better. */
export function TestResult({ test, isOld, hasSource }: ResultProps): JSX.Element {
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (test.kind !== 'none') section.current?.scrollIntoView({ block: 'nearest' });
  }, [test.kind]);
  return (
    <section ref={section} class="test" aria-label={say('Test')} data-test={test.kind}>
      <Picture test={test} isOld={isOld} />
      <div role="status">
        <Words {...{ test, isOld, hasSource }} />
      </div>
    </section>
  );
}

function Picture({ test, isOld }: { test: Test; isOld: boolean }): JSX.Element {
  const picture = test.kind === 'done' ? test.report.picture : null;
  return (
    <div class={isOld ? 'test-picture old' : 'test-picture'}>
      {picture === null ? (
        <p>{test.kind === 'running' ? say('Looking at the camera') : say('No picture yet')}</p>
      ) : (
        <img src={picture} alt={say('What the camera sees')} />
      )}
    </div>
  );
}

function Words({ test, isOld, hasSource }: ResultProps): JSX.Element {
  switch (test.kind) {
    case 'none':
      return (
        <p class="hint">
          {hasSource
            ? say('A test shows its picture here, and what could be better.')
            : say('With a new address of the stream it can be tested first.')}
        </p>
      );
    case 'running':
      return <p class="hint">{say('This takes up to 15 seconds.')}</p>;
    case 'failed':
      return <p class="problem">{test.message}</p>;
    case 'done':
      return isOld ? (
        <p class="hint">{say('This was another address, user or password: test again.')}</p>
      ) : (
        <Told report={test.report} />
      );
  }
}

function Told({ report }: { report: Report }): JSX.Element {
  const { failure } = report;
  return (
    <>
      {failure !== null ? (
        <div class="advice bad" data-code={failure.code}>
          <b>{sayCode(failure.code, failure.message)}</b>
          <p>{sayCode(`${failure.code}.remedy`, failure.remedy)}</p>
        </div>
      ) : (
        <p>
          <b>{say('The camera works.')}</b>
        </p>
      )}
      <dl class="num">
        {reportFacts(report).map(([label, value]) => (
          <div key={label}>
            <dt>{say(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <AdviceList advice={report.advice} />
    </>
  );
}

/** What a report tells in figures, as label and value; what is not known is left out. */
export function reportFacts(report: Report): readonly (readonly [string, string])[] {
  const { codec, width, height, fps, keyframes, audio } = report;
  const known: [string, string | null][] = [
    ['Codec', codec && codecName(codec)],
    ['Size', width === null || height === null ? null : `${width} × ${height}`],
    ['Frames', fps === null ? null : `${rounded(fps)} fps`],
    ['Keyframe every', keyframes === null ? null : `${decimal(keyframes)} s`],
    ['Sound', report.failure === null ? ((audio && codecName(audio)) ?? say('none')) : audio],
  ];
  return known.filter((one): one is [string, string] => one[1] !== null);
}

/** What could be better, and what to do about it. */
export function AdviceList({ advice }: { advice: readonly Advice[] }): JSX.Element {
  return (
    <>
      {advice.map(({ code, message, remedy }) => (
        <div class="advice" key={code} data-code={code}>
          <b>{sayCode(`advice.${code}`, message)}</b>
          <p>{sayCode(`advice.${code}.remedy`, remedy)}</p>
        </div>
      ))}
    </>
  );
}
