import { useEffect } from 'preact/hooks';

/** What a key does, by its name in lower case. */
export type Keys = Readonly<Record<string, () => void>>;

/** Whether somebody types, or has a window open: then keys mean what they mean there. */
function isBusy(event: KeyboardEvent): boolean {
  const { target } = event;
  const isField =
    target instanceof Element && target.closest('input, select, textarea, dialog, [popover]') !== null;
  return isField || isShortcut(event) || document.querySelector('dialog[open]') !== null;
}

/** Whether a key means something to the browser or the system, and so nothing here. */
export function isShortcut({
  key,
  ctrlKey,
  metaKey,
  altKey,
}: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): boolean {
  // on many layouts [ and ] are typed with Option, or with AltGr, which comes as Ctrl and Alt; letters and digits are not
  const isTyped = altKey && /^[^\p{L}\p{N}]$/u.test(key);
  return metaKey || ((ctrlKey || altKey) && !isTyped);
}

/** Has keys do something while this part of the page is there; never while somebody types. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isBusy(event)) return;
      const act = keys[event.key.toLowerCase()];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

/** What the help says. */
export const HELP: readonly (readonly [keys: string, deed: string])[] = [
  ['1 – 9', 'Go to that tile'],
  ['← ↑ → ↓', 'Go to the next tile'],
  ['Enter', 'Details'],
  ['F', 'Full screen'],
  ['M', 'Sound on and off'],
  ['S', 'Save this picture'],
  ['P', 'Picture in picture'],
  ['R', 'Try now'],
  ['W', 'Walls'],
  ['L', 'Next layout'],
  ['O', 'Figures over the pictures'],
  ['[ ]', 'Page before, next page'],
  ['/', 'Search'],
  ['Esc', 'Close, leave'],
  ['?', 'This help'],
];
