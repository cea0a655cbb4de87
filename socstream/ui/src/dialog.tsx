import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { say } from './i18n/say';
import { Icon } from './icon';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  /** As wide as a table needs. */
  readonly wide?: boolean;
  /** As large as the page. */
  readonly full?: boolean;
  readonly children: ComponentChildren;
}

/** A window over the page; Escape closes it, and what had the focus gets it back. */
export function Dialog({ title, close, wide, full, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isGone = useRef(false);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      isGone.current = true;
      element?.close(); // whoever takes it away without closing it: the focus goes back all the same
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={full ? 'full' : wide ? 'wide' : ''}
      aria-labelledby={id}
      onClose={() => {
        if (!isGone.current) close();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain" aria-label={say('Close')} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
