import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals';
import { type Clock, every } from '../clock';
import type { Answer } from '../http';
import type { WallsApi } from './api';
import type { NamedWall, WallDraft } from './named';

const PERIOD = 10_000; // when no event tells: somebody else's wall, or a connection that is down

/** What became of a change: it holds, or somebody else was faster, or it was refused. */
export type Saved =
  | { readonly kind: 'saved'; readonly wall: NamedWall }
  | { readonly kind: 'conflict'; readonly theirs: NamedWall }
  | { readonly kind: 'refused'; readonly message: string };

/** Which wall the address of the page names. */
export interface Address {
  read(): string | null;
  write(wall: string | null): void;
}

/** The walls that the server keeps, and the one that is shown. A list that fails takes none away. */
export class Walls {
  /** Null before the first answer. */
  readonly known: Signal<readonly NamedWall[] | null> = signal(null);
  /** Why the list may be old; null while it is not. */
  readonly trouble: Signal<string | null> = signal(null);
  /** What the address names, a wall's name or its id; null: all cameras. */
  readonly asked: Signal<string | null>;
  readonly chosen: ReadonlySignal<NamedWall | null>;
  /** Somebody is at work on the chosen one. */
  readonly arranging: Signal<boolean> = signal(false);
  /** Something that he arranged is not kept yet. */
  readonly unsaved: Signal<boolean> = signal(false);
  /** What is done once he agrees that it is lost; null: nothing was asked for. */
  readonly leaving: Signal<(() => void) | null> = signal(null);
  private stop: () => void = () => undefined;
  private asking = false;
  private changes = 0; // of our own: a list that was asked for before one does not know it

  constructor(
    private readonly api: Pick<WallsApi, 'list' | 'add' | 'replace' | 'remove'>,
    private readonly clock: Clock,
    private readonly address: Address,
    userId: string,
  ) {
    this.asked = signal(address.read());
    this.chosen = computed(() => {
      const { value } = this.asked;
      return value === null ? null : found(this.known.value ?? [], value, userId);
    });
  }

  /** From here on, until `end`, it asks. */
  start(): void {
    this.stop = every(this.clock, PERIOD, () => this.wake());
    this.wake();
  }

  end(): void {
    this.stop();
  }

  /** Asks now: something changed, or the network is back. */
  wake(): void {
    if (!this.asking) void this.ask();
  }

  /** Shows a wall, at once unless that costs somebody his work; null: all cameras. */
  choose(wall: NamedWall | null): void {
    if (wall?.id === this.chosen.peek()?.id) this.show(wall);
    else this.leave(() => this.show(wall));
  }

  private show(wall: NamedWall | null): void {
    this.asked.value = wall?.id ?? null;
    this.address.write(wall === null ? null : this.addressOf(wall));
  }

  /** What stands for a wall in an address: its name, if that is enough. */
  addressOf({ id, name }: NamedWall): string {
    const named = (this.known.peek() ?? []).filter((one) => one.name === name);
    return named.every((one) => one.id === id) ? name : id;
  }

  /** Begins to arrange, or ends it: what is not kept then is lost. */
  arrange(on: boolean): void {
    if (on && this.arranging.peek()) return;
    this.arranging.value = on;
    this.unsaved.value = false;
    this.leaving.value = null;
  }

  /** Ends the arranging and does that; when work would be lost, only after somebody agreed. */
  leave(then: () => void = () => undefined): void {
    const go = (): void => {
      this.arrange(false);
      then();
    };
    const isLost = this.arranging.peek() && this.unsaved.peek() && this.chosen.peek() !== null;
    if (isLost) this.leaving.value = go;
    else go();
  }

  /** He goes on arranging. */
  stay(): void {
    this.leaving.value = null;
  }

  /** The address changed by the browser's own buttons. */
  reread(): void {
    const asked = this.address.read();
    this.leave(() => {
      this.asked.value = asked;
      this.address.write(asked);
    });
    const shown = this.chosen.peek();
    // until somebody agreed, the address names what is shown
    if (this.leaving.peek() !== null && shown !== null) this.address.write(this.addressOf(shown));
  }

  /** Keeps a new wall and shows it; what was wrong, or null. */
  async add(draft: WallDraft): Promise<Answer<NamedWall>> {
    const answer = await this.api.add(draft);
    if (answer.kind === 'ok') {
      this.put(answer.value);
      this.choose(answer.value);
    }
    return answer;
  }

  /** Puts a draft in a wall's place, unless somebody else changed it meanwhile. */
  async replace(wall: NamedWall, draft: WallDraft): Promise<Saved> {
    const answer = await this.api.replace(wall.id, wall.version, draft);
    if (answer.kind === 'ok') {
      this.put(answer.value);
      if (this.chosen.peek()?.id === wall.id) this.choose(answer.value);
      return { kind: 'saved', wall: answer.value };
    }
    if (answer.status === 409) {
      await this.ask();
      const theirs = this.known.peek()?.find(({ id }) => id === wall.id);
      if (theirs !== undefined && theirs.version !== wall.version) return { kind: 'conflict', theirs };
    }
    return { kind: 'refused', message: answer.problems?.[0]?.message ?? answer.message };
  }

  /** Forgets a wall; what was wrong, or null. */
  async remove(wall: NamedWall): Promise<string | null> {
    const answer = await this.api.remove(wall.id);
    if (answer.kind === 'failed' && answer.status !== 404) return answer.message;
    this.changes += 1;
    const wasShown = this.chosen.peek()?.id === wall.id;
    if (wasShown) this.arrange(false);
    this.known.value = (this.known.peek() ?? []).filter(({ id }) => id !== wall.id);
    if (wasShown) this.choose(null);
    return null;
  }

  private put(wall: NamedWall): void {
    this.changes += 1;
    const others = (this.known.peek() ?? []).filter(({ id }) => id !== wall.id);
    this.known.value = [...others, wall].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Keeps to a wall that is shown when somebody gives it another name. */
  private follow(shown: NamedWall | null): void {
    const wall = this.known.peek()?.find(({ id }) => id === shown?.id);
    if (wall === undefined) return;
    this.asked.value = wall.id;
    this.address.write(this.addressOf(wall));
  }

  private async ask(): Promise<void> {
    this.asking = true;
    const { changes } = this;
    const answer = await this.api.list();
    this.asking = false;
    this.trouble.value = answer.kind === 'failed' ? answer.message : null;
    if (answer.kind === 'failed' || changes !== this.changes) return;
    const shown = this.chosen.peek();
    this.known.value = answer.value;
    this.follow(shown ?? this.chosen.peek());
  }
}

/** The wall of that id or name: one's own before somebody else's. */
function found(walls: readonly NamedWall[], asked: string, userId: string): NamedWall | null {
  const named = walls.filter(({ name }) => name === asked);
  const own = named.find(({ ownerId }) => ownerId === userId);
  return walls.find(({ id }) => id === asked) ?? own ?? named[0] ?? null;
}
