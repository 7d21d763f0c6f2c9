/** A search's hours as bars: each hour of up to three days, else each day. Pure. */

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MOST_HOURS = 73;

export interface Bar {
  fromMs: number;
  minutes: number;
}

export function barsOf(hours: readonly { from_wall_ms: number; minutes: number }[], fromMs: number, toMs: number): { bars: Bar[]; stepMs: number } {
  const stepMs = toMs - fromMs <= MOST_HOURS * HOUR_MS ? HOUR_MS : DAY_MS;
  // Hours are whole hours of UTC; days begin where the search does, which is midnight at the site.
  const first = stepMs === HOUR_MS ? Math.floor(fromMs / HOUR_MS) * HOUR_MS : fromMs;
  const count = Math.max(1, Math.ceil((toMs - first) / stepMs));
  const bars = Array.from({ length: count }, (_, i) => ({ fromMs: first + i * stepMs, minutes: 0 }));
  for (const hour of hours) {
    const bar = bars[Math.min(count - 1, Math.max(0, Math.floor((hour.from_wall_ms - first) / stepMs)))];
    if (bar) bar.minutes += hour.minutes;
  }
  return { bars, stepMs };
}
