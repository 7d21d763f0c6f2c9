/** Waiting times between tries to connect. Pure. */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Doubling from 0.5 s to 10 s, with ±25 % spread so that twelve terminals do not come back in the same instant. `random` in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.75 + random * 0.5));
}
