import type { JSX } from 'preact';
import { say } from '../i18n/say';
import { Icon } from '../icon';
import type { NamedWall } from './named';
import type { Walls } from './walls';

interface BarProps {
  readonly walls: Walls;
  readonly named: NamedWall;
  /** Which of `count` pages, from 0. */
  readonly at: number;
  readonly count: number;
  readonly turn: (by: number) => void;
}

/** Above a wall: its name, what may be done with it, its pages. */
export function WallBar({ walls, named, at, count, turn }: BarProps): JSX.Element {
  return (
    <div class="toolbar" role="toolbar" aria-label={say('Wall')}>
      <b data-wall-name>{named.name}</b>
      {named.hidden > 0 && (
        <span class="hint">{say('Cameras on it that you may not see: {n}', { n: named.hidden })}</span>
      )}
      {named.mayEdit && (
        <button type="button" onClick={() => walls.arrange(true)}>
          {say('Arrange')}
        </button>
      )}
      <div class="pages num" role="group" aria-label={say('Pages')} hidden={count < 2}>
        <Turn label={say('Page before')} letter="[" icon="back" act={() => turn(-1)} />
        <span data-page>{say('{page} of {pages}', { page: at + 1, pages: count })}</span>
        <Turn label={say('Next page')} letter="]" icon="on" act={() => turn(1)} />
      </div>
    </div>
  );
}

interface TurnProps {
  readonly label: string;
  readonly letter: string;
  readonly icon: 'back' | 'on';
  readonly act: () => void;
}

function Turn({ label, letter, icon, act }: TurnProps): JSX.Element {
  return (
    <button type="button" class="plain" aria-label={label} title={`${label} (${letter})`} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}
