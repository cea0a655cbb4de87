import type { JSX, TargetedEvent } from 'preact';
import { useId } from 'preact/hooks';
import type { Failed } from './http';

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly secret?: boolean;
  readonly autocomplete: string;
  readonly value?: string;
  readonly problem: string | null;
  readonly focus?: boolean;
}

/** A labelled input, with what is wrong about it below it. */
export function Field({ name, label, secret, autocomplete, value, problem, focus }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        {...(secret ? { type: 'password' } : {})}
        defaultValue={value ?? ''}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        maxLength={256}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        autofocus={focus ?? false}
        ref={(input) => {
          // dialogs look at the attribute when they open; a page does so only while it is loaded
          if (focus && input !== null && document.activeElement === document.body) input.focus();
        }}
      />
      {problem !== null && (
        <span id={`${id}-problem`} class="problem" role="alert">
          {problem}
        </span>
      )}
    </p>
  );
}

/** What a refusal says about one field; `otherwise`: the field at which the rest of it stands. */
export function problemOf(refusal: Failed | null, name: string, otherwise = false): string | null {
  if (refusal === null) return null;
  const own = refusal.problems?.find(({ field }) => field === name);
  if (own !== undefined) return own.message.replace(/^./, (letter) => letter.toUpperCase());
  return otherwise && !refusal.problems?.length ? refusal.message : null;
}

/** The values of a form that was just sent, by their names. */
export function entered(event: TargetedEvent<HTMLFormElement>): (name: string) => string {
  event.preventDefault();
  const form = new FormData(event.currentTarget);
  return (name) => String(form.get(name) ?? '');
}
