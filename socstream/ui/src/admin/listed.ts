import { useEffect, useState } from 'preact/hooks';
import type { Answer } from '../http';

/** A list that was asked for when the dialog opened; the last one stays when a new one cannot be had. */
export interface Listed<T> {
  readonly all: readonly T[] | null;
  readonly trouble: string | null;
  readonly again: () => void;
}

export function useListed<T>(ask: () => Promise<Answer<readonly T[]>>): Listed<T> {
  const [all, setAll] = useState<readonly T[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const again = (): void => {
    void ask().then((answer) => {
      setTrouble(answer.kind === 'failed' ? answer.message : null);
      if (answer.kind === 'ok') setAll(answer.value);
    });
  };
  useEffect(again, []);
  return { all, trouble, again };
}
