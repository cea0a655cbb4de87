import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { say } from '../i18n/say';

interface InputProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly problem: string | null;
  readonly hint?: string | undefined;
  readonly secret?: boolean;
  readonly needed?: boolean;
  readonly longest?: number;
  readonly placeholder?: string;
  readonly inputMode?: 'text' | 'numeric' | 'url';
  readonly focus?: boolean;
  /** As wide as the whole form. */
  readonly whole?: boolean;
  readonly leave?: () => void;
}

/** A labelled input whose text its owner keeps; what is wrong about it stands below it, else a hint. */
export function Input(props: InputProps): JSX.Element {
  const { name, label, value, change, problem, hint, secret, needed, longest, placeholder, inputMode } =
    props;
  const id = useId();
  return (
    <p class={props.whole ? 'field whole' : 'field'}>
      <label for={id}>
        {label}
        {!needed && <small>{` (${say('may stay empty')})`}</small>}
      </label>
      <input
        id={id}
        name={name}
        {...(secret ? { type: 'password' } : {})}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
        onBlur={() => props.leave?.()}
        // neither is one of whoever sits here
        autocomplete={secret ? 'new-password' : 'off'}
        autocapitalize="none"
        spellcheck={false}
        inputMode={inputMode ?? 'text'}
        required={needed ?? false}
        maxLength={longest ?? 256}
        placeholder={placeholder ?? ''}
        autofocus={props.focus ?? false}
        aria-invalid={problem !== null}
        aria-describedby={problem !== null || hint ? `${id}-note` : undefined}
      />
      <Note id={`${id}-note`} problem={problem} hint={hint} />
    </p>
  );
}

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly problem?: string | null;
  readonly hint?: string | undefined;
  readonly children: ComponentChildren;
}

/** A labelled choice. */
export function Select({ name, label, value, change, problem, hint, children }: SelectProps): JSX.Element {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
        aria-invalid={Boolean(problem)}
        aria-describedby={problem || hint ? `${id}-note` : undefined}
      >
        {children}
      </select>
      <Note id={`${id}-note`} problem={problem ?? null} hint={hint} />
    </p>
  );
}

interface NoteProps {
  readonly id: string;
  readonly problem: string | null;
  readonly hint: string | undefined;
}

function Note({ id, problem, hint }: NoteProps): JSX.Element | null {
  if (problem !== null)
    return (
      <span id={id} class="problem" role="alert">
        {problem}
      </span>
    );
  return hint ? (
    <span id={id} class="hint">
      {hint}
    </span>
  ) : null;
}
