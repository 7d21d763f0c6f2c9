/** Geometry and decisions of the recordings' time bar. Pure; times are milliseconds UTC. */
import type { Coverage, Span } from "../api/types";

export interface Window {
  fromMs: number;
  toMs: number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Zoom levels: a day, six hours, one hour, ten minutes. */
export const ZOOMS_MS: readonly number[] = [DAY_MS, 6 * HOUR_MS, HOUR_MS, HOUR_MS / 6];

/** Position of a time in a window, 0..`width`, clipped. */
export function toX(wallMs: number, window: Window, width: number): number {
  const share = (wallMs - window.fromMs) / (window.toMs - window.fromMs);
  return Math.min(width, Math.max(0, share * width));
}

export function fromX(x: number, window: Window, width: number): number {
  return Math.round(window.fromMs + (Math.min(width, Math.max(0, x)) / width) * (window.toMs - window.fromMs));
}

export interface Bar {
  x: number;
  width: number;
}

/** A span as a bar of at least `least` units, so that two seconds are visible in a day; null outside the window. */
export function bar(span: Pick<Span, "from_wall_ms" | "to_wall_ms">, window: Window, width: number, least = 1): Bar | null {
  if (span.to_wall_ms <= window.fromMs || span.from_wall_ms >= window.toMs) return null;
  const x = toX(span.from_wall_ms, window, width);
  const wide = Math.max(least, toX(span.to_wall_ms, window, width) - x);
  return { x: Math.min(x, width - wide), width: wide };
}

/** Distance between the lines of the scale: as many as fit with `leastX` units between them. */
export function tickStepMs(window: Window, width: number, leastX: number): number {
  const steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10800, 21600].map((s) => s * 1000);
  const span = window.toMs - window.fromMs;
  return steps.find((step) => (step / span) * width >= leastX) ?? DAY_MS;
}

/** Multiples of the step, counted from the window's own day start so that hours stay whole in zones with half hours. */
export function ticks(window: Window, stepMs: number, dayStartMs: number): number[] {
  const first = Math.ceil((window.fromMs - dayStartMs) / stepMs);
  const last = Math.floor((window.toMs - dayStartMs) / stepMs);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => dayStartMs + (first + i) * stepMs);
}

/** A window of `sizeMs` around a time, kept inside the day. */
export function windowAround(wallMs: number, sizeMs: number, day: Window): Window {
  const size = Math.min(sizeMs, day.toMs - day.fromMs);
  const fromMs = Math.min(Math.max(day.fromMs, wallMs - size / 2), day.toMs - size);
  return { fromMs, toMs: fromMs + size };
}

/** The next movement after a time, or the one before; half a second of tolerance so that "next" leaves the present one. */
export function movementFrom(coverages: readonly Coverage[], wallMs: number, direction: 1 | -1): number | null {
  const starts = coverages.flatMap((c) => c.movements.map((m) => m.from_wall_ms)).sort((a, b) => a - b);
  if (direction === 1) return starts.find((s) => s > wallMs + 500) ?? null;
  return starts.findLast((s) => s < wallMs - 500) ?? null;
}

/** Whether something is recorded at a time. */
export function recordedAt(coverage: Coverage, wallMs: number): boolean {
  return coverage.spans.some((s) => s.from_wall_ms <= wallMs && wallMs < s.to_wall_ms);
}

/** The first recorded instant at or after a time; null where nothing follows. */
export function nextRecorded(coverage: Coverage, wallMs: number): number | null {
  const ends = coverage.spans.filter((s) => s.to_wall_ms > wallMs).map((s) => Math.max(wallMs, s.from_wall_ms));
  return ends.length > 0 ? Math.min(...ends) : null;
}

/** Seconds recorded in a window, 0..1 of it: the proof of a camera's day. */
export function recordedShare(coverage: Coverage, window: Window): number {
  const total = coverage.spans.reduce(
    (sum, s) => sum + Math.max(0, Math.min(s.to_wall_ms, window.toMs) - Math.max(s.from_wall_ms, window.fromMs)), 0,
  );
  return Math.min(1, total / (window.toMs - window.fromMs));
}
