import { useEffect, useState } from 'preact/hooks';
import type { CameraRecord } from '../cameras-form/record';
import type { Answer } from '../http';
import type { HealthApi } from './api';
import { DAY, type History, type Outage } from './health';

/** What is known of a camera's health; null: not yet. */
export interface Health {
  readonly record: CameraRecord | null;
  readonly history: History | null;
  readonly outages: readonly Outage[] | null;
  readonly log: readonly string[] | null;
  /** Why the newest could not be had; what was known before stays. */
  readonly trouble: string | null;
}

const NOTHING: Health = { record: null, history: null, outages: null, log: null, trouble: null };
const PERIOD = 10_000;

/** Asks for a camera's health, one thing after the other, again and again; `again` asks at once. */
export function useHealth(api: HealthApi, cameraId: string): [health: Health, again: () => void] {
  const [health, setHealth] = useState(NOTHING);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let ended = false;
    let trouble: string | null = null;
    const take = <T>(answer: Answer<T>, name: keyof Health): void => {
      if (ended) return;
      if (answer.kind === 'ok') setHealth((before) => ({ ...before, [name]: answer.value }));
      else trouble = answer.message;
    };
    const ask = async (): Promise<void> => {
      trouble = null;
      take(await api.record(cameraId), 'record');
      if (!ended) take(await api.history(cameraId), 'history');
      if (!ended) take(await api.outages(cameraId, Date.now() - DAY), 'outages');
      if (!ended) take(await api.log(cameraId), 'log');
      if (ended) return;
      setHealth((before) => ({ ...before, trouble }));
      timer = setTimeout(() => void ask(), PERIOD);
    };
    let timer = setTimeout(() => void ask(), 0);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [api, cameraId, turn]);
  return [health, () => setTurn(turn + 1)];
}
