import type { Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { later, say } from './i18n/say';
import { Icon } from './icon';
import { FILTERS, LAYOUTS, type Looks, SORTS } from './looks';
import type { Selection } from './selection';
import { useSwipe } from './swipe';

interface ToolbarProps {
  readonly looks: Signal<Looks>;
  readonly search: Signal<string>;
  readonly selection: Selection;
  readonly turn: (by: number) => void;
}

const FILTER_WORDS = { all: later('All'), online: later('Online only'), trouble: later('Trouble first') };
const SORT_WORDS = { name: later('By name'), place: later('By place') };

/** What is shown, and how. */
export function Toolbar({ looks, search, selection, turn }: ToolbarProps): JSX.Element {
  const like = (change: Partial<Looks>): void => {
    looks.value = { ...looks.value, ...change };
  };
  const { layout, filter, sort, figures } = looks.value;
  return (
    <div class="toolbar" role="toolbar" aria-label={say('View')}>
      <Choice label={say('Tiles')}>
        {LAYOUTS.map((one) => (
          <Option key={one} on={one === layout} choose={() => like({ layout: one })}>
            {one === 'auto' ? say('Auto') : one}
          </Option>
        ))}
      </Choice>
      <Choice label={say('Cameras')}>
        {FILTERS.map((one) => (
          <Option key={one} on={one === filter} choose={() => like({ filter: one })}>
            {say(FILTER_WORDS[one])}
          </Option>
        ))}
      </Choice>
      <label class="search">
        <Icon name="search" />
        <input
          type="search"
          placeholder={`${say('Search cameras')}  /`}
          aria-label={say('Search cameras')}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            search.value = '';
            event.currentTarget.blur();
          }}
        />
      </label>
      <Picker
        label={say('Order')}
        known={SORTS}
        words={SORT_WORDS}
        now={sort}
        choose={(one) => like({ sort: one })}
      />
      <button
        type="button"
        class="plain"
        aria-pressed={figures}
        title={`${say('Figures over the pictures')} (O)`}
        onClick={() => like({ figures: !figures })}
      >
        <Icon name="figures" />
        <span class="wide">{say('Figures')}</span>
      </button>
      <Pages selection={selection} turn={turn} />
    </div>
  );
}

function Pages({ selection, turn }: Pick<ToolbarProps, 'selection' | 'turn'>): JSX.Element {
  const { page, pages } = selection;
  useSwipe(pages > 1 ? turn : null);
  return (
    <div class="pages num" role="group" aria-label={say('Pages')} hidden={pages === 1}>
      <button
        type="button"
        class="plain"
        aria-label={say('Page before')}
        title={`${say('Page before')} ([)`}
        onClick={() => turn(-1)}
      >
        <Icon name="back" />
      </button>
      <span data-page>{say('{page} of {pages}', { page: page + 1, pages })}</span>
      <button
        type="button"
        class="plain"
        aria-label={say('Next page')}
        title={`${say('Next page')} (])`}
        onClick={() => turn(1)}
      >
        <Icon name="on" />
      </button>
    </div>
  );
}

function Choice({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={label}>
      {children}
    </div>
  );
}

interface OptionProps {
  readonly on: boolean;
  readonly choose: () => void;
  readonly children: ComponentChildren;
}

function Option({ on, choose, children }: OptionProps): JSX.Element {
  return (
    <button type="button" class="plain" aria-pressed={on} onClick={choose}>
      {children}
    </button>
  );
}

interface PickerProps<T extends string> {
  readonly label: string;
  readonly known: readonly T[];
  readonly words: Readonly<Record<T, string>>;
  readonly now: T;
  readonly choose: (one: T) => void;
}

function Picker<T extends string>({ label, known, words, now, choose }: PickerProps<T>): JSX.Element {
  return (
    <select
      aria-label={label}
      value={now}
      onChange={({ currentTarget }) => {
        const one = known[currentTarget.selectedIndex];
        if (one !== undefined) choose(one);
      }}
    >
      {known.map((one) => (
        <option key={one} value={one}>
          {say(words[one])}
        </option>
      ))}
    </select>
  );
}
