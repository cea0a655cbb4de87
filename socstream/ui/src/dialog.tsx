import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { say } from './i18n/say';
import { Icon } from './icon';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  /** As wide as a table needs. */
  readonly wide?: boolean;
  /** As large as the page. */
  readonly full?: boolean;
  /** Once somebody typed here, he is asked before it is thrown away. */
  readonly asks?: boolean;
  readonly children: ComponentChildren;
}

/** A window over the page; Escape closes it, and what had the focus gets it back. */
export function Dialog({ title, close, wide, full, asks, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isGone = useRef(false);
  const isTyped = useRef(false);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      isGone.current = true;
      element?.close(); // whoever takes it away without closing it: the focus goes back all the same
    };
  }, []);
  const isOurs = (event: Event): boolean =>
    event.target instanceof Element && event.target.closest('dialog') === dialog.current;
  const mustAsk = (): boolean => (asks ?? false) && isTyped.current;
  const leave = (): void => {
    if (mustAsk()) setAsked(true);
    else dialog.current?.close();
  };
  return (
    <dialog
      ref={dialog}
      class={full ? 'full' : wide ? 'wide' : ''}
      aria-labelledby={id}
      onClose={() => {
        if (!isGone.current) close();
      }}
      onInput={(event) => {
        if (isOurs(event)) isTyped.current = true;
      }}
      onKeyDown={(event) => {
        // here and not when it cancels: browsers let nobody hold up the second Escape
        if (event.key !== 'Escape' || !isOurs(event) || !mustAsk()) return;
        event.preventDefault();
        setAsked(!asked);
      }}
      onCancel={(event) => {
        if (event.target !== dialog.current || !mustAsk()) return; // a choice of files tells the same
        event.preventDefault();
        setAsked(true);
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain" aria-label={say('Close')} onClick={leave}>
          <Icon name="close" />
        </button>
      </header>
      {asked && (
        <Discard
          question={say('Throw away what you typed?')}
          stay={say('Go on typing')}
          no={() => setAsked(false)}
          yes={() => dialog.current?.close()}
        />
      )}
      {children}
    </dialog>
  );
}

interface DiscardProps {
  readonly question: string;
  /** What `no` is called. */
  readonly stay: string;
  readonly no: () => void;
  readonly yes: () => void;
}

/** Asks before work is thrown away; whoever just presses Enter goes on with it. */
export function Discard({ question, stay, no, yes }: DiscardProps): JSX.Element {
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    first.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div class="discard" role="alertdialog" aria-label={question} data-discard>
      <p>{question}</p>
      <button type="button" class="main" ref={first} onClick={no}>
        {stay}
      </button>
      <button type="button" onClick={yes}>
        {say('Throw away')}
      </button>
    </div>
  );
}
