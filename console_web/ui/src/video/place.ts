/** Where a wall time lies in a playlist. Pure. */

export interface DatedFragment {
  /** Seconds of the playlist. */
  readonly start: number;
  readonly duration: number;
  /** Wall time of its first picture; playlists of single files carry none. */
  readonly programDateTime?: number | null;
}

/** The place of a wall time, in seconds of the playlist: of the next recorded instant where there is a hole, null where all that it holds was before.
 *
 * `startMs` is the wall time of second 0 of playlists without dates.
 */
export function placeOf(fragments: readonly DatedFragment[], wallMs: number, startMs: number): number | null {
  for (const { start, duration, programDateTime } of fragments) {
    if (programDateTime === null || programDateTime === undefined) return Math.max(0, (wallMs - startMs) / 1000);
    if (wallMs < programDateTime) return start;
    if (wallMs < programDateTime + duration * 1000) return start + (wallMs - programDateTime) / 1000;
  }
  return null;
}
