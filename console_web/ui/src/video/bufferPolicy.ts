/** How a live picture stays at the edge of what arrived. Pure: the player measures, this decides. Times in media seconds. */

export interface BufferView {
  currentTime_s: number;
  /** Buffered ranges, in order. */
  ranges: readonly (readonly [number, number])[];
  paused: boolean;
}

export interface BufferDecision {
  /** Where to jump to, or null. */
  seekTo_s: number | null;
  playbackRate: number;
  /** Drop everything before this time, or null. */
  removeBefore_s: number | null;
}

/** Further behind than this: jump. */
export const MAX_BEHIND_S = 1;
/** Where a jump lands before the edge: less stalls on jitter, more is delay. */
export const TARGET_BEHIND_S = 0.15;
/** Between these the picture runs a little faster instead of jumping. */
const CATCH_UP_FROM_S = 0.5;
const CATCH_UP_RATE = 1.08;
const KEEP_BEHIND_S = 6;
const REMOVE_STEP_S = 4;

export function decide(view: BufferView): BufferDecision {
  const last = view.ranges.at(-1);
  const first = view.ranges[0];
  if (!last || !first) return { seekTo_s: null, playbackRate: 1, removeBefore_s: null };
  const [start, end] = last;
  const behind_s = end - view.currentTime_s;
  const inLast = view.currentTime_s >= start && view.currentTime_s <= end;
  // Outside the newest range (the first picture, or a gap where the server dropped to a key frame), or too far behind.
  const jump = !inLast || behind_s > MAX_BEHIND_S;
  const seekTo_s = jump ? Math.max(start, end - TARGET_BEHIND_S) : null;
  const position_s = seekTo_s ?? view.currentTime_s;
  const keepFrom_s = position_s - KEEP_BEHIND_S;
  return {
    seekTo_s: seekTo_s !== null && Math.abs(seekTo_s - view.currentTime_s) > 0.01 ? seekTo_s : null,
    playbackRate: !jump && behind_s > CATCH_UP_FROM_S ? CATCH_UP_RATE : 1,
    removeBefore_s: keepFrom_s - first[0] > REMOVE_STEP_S ? keepFrom_s : null,
  };
}

/** Bytes that wait for the source buffer: beyond this the decoder is hopelessly behind and a fresh start is cheaper. */
export const MAX_WAITING_BYTES = 8_000_000;

/** Joins waiting fragments into one append; each append costs a round trip to the media process. */
export function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
