/** A value over time: the mean of `step` ms from each time (ms since 1970) on; null where nothing is known. */
export interface Course {
  readonly points: readonly (readonly [number, number | null])[];
  readonly step: number;
}

const STEP = 10_000;
const KEPT = 360; // an hour

/** How far behind life the pictures of each camera were on this screen, in ms. The server cannot know that. */
export class Delays {
  private readonly courses = new Map<string, [number, number | null][]>();

  /** Takes the age of a camera's picture at this moment; keeps one in ten seconds. */
  note(cameraId: string, age: number | null, at: number): void {
    const course = this.courses.get(cameraId) ?? [];
    const last = course.at(-1)?.[0] ?? -Infinity;
    if (at < last)
      course.length = 0; // the clock was set back: what it said before is of no use
    else if (at - last < STEP) return;
    course.push([at, age]);
    if (course.length > KEPT) course.shift();
    this.courses.set(cameraId, course);
  }

  of(cameraId: string): Course {
    return { points: this.courses.get(cameraId) ?? [], step: STEP };
  }

  /** Forgets the cameras that are gone. */
  keep(cameraIds: ReadonlySet<string>): void {
    for (const cameraId of this.courses.keys()) if (!cameraIds.has(cameraId)) this.courses.delete(cameraId);
  }
}
