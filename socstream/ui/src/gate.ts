/**
 * Who may open a player now.
 *
 * A browser has six connections to an HTTP/1.1 server. Players that wait for their first picture hold some of them, so
 * only a few may open at once, and cameras that are still starting (whose playlist the server holds back) fewer still.
 */
export class Gate {
  private readonly inside = new Set<Visit>();
  private readonly queue: Visit[] = [];

  constructor(
    private readonly places = 4,
    private readonly placesForStarting = 2,
  ) {}

  /** Calls `enter`, now or later, when there is a place; the result gives up the place or the wait for it. */
  ask(live: boolean, enter: (leave: () => void) => void): () => void {
    const visit: Visit = {
      live,
      enter: () => enter(leave),
    };
    const leave = (): void => {
      const waiting = this.queue.indexOf(visit);
      if (waiting >= 0) this.queue.splice(waiting, 1);
      if (this.inside.delete(visit)) this.admit();
    };
    this.queue.push(visit);
    this.admit();
    return leave;
  }

  private admit(): void {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.queue.splice(this.queue.indexOf(next), 1);
      this.inside.add(next);
      next.enter();
    }
  }

  /** The first live camera of the queue, else the first of the others; undefined when there is no place. */
  private next(): Visit | undefined {
    if (this.inside.size >= this.places) return undefined;
    const live = this.queue.find((visit) => visit.live);
    if (live !== undefined) return live;
    const starting = [...this.inside].filter((visit) => !visit.live).length;
    return starting < this.placesForStarting ? this.queue[0] : undefined;
  }
}

interface Visit {
  readonly live: boolean;
  readonly enter: () => void;
}
