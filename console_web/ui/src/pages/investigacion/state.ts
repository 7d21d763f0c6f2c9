/** What is being investigated: cameras, day, window, and the one playing position that all pictures share. */
import { computed, signal } from "@preact/signals";
import type { Coverage, Hold } from "../../api/types";
import { serverNowMs } from "../../api/client";
import { DAY_MS, type Window, windowAround, ZOOMS_MS } from "../../state/timeline";
import { instantOf, isoDate } from "../../time";

export const MOST_CAMERAS = 4;
export const RATES: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16];

export const chosen = signal<readonly string[]>([]);
export const day = signal(isoDate(serverNowMs()));
export const coverages = signal<ReadonlyMap<string, Coverage>>(new Map());
/** Where the hand put the position, with a count so that the same place twice is two requests. */
export const target = signal<{ wallMs: number; count: number } | null>(null);
export const positionMs = signal<number | null>(null);
export const playing = signal(false);
export const rate = signal(1);
export const zoom = signal(0);
/** The stretch that was marked by hand, to be kept as evidence. */
export const marked = signal<{ fromMs: number | null; toMs: number | null }>({ fromMs: null, toMs: null });
/** What the page shows over the pictures. */
export const sheet = signal<"none" | "hold" | "holds" | "search">("none");
export const held = signal<readonly Hold[]>([]);

export const dayWindow = computed<Window>(() => {
  const fromMs = instantOf(day.value, "00:00") ?? 0;
  return { fromMs, toMs: fromMs + DAY_MS };
});

/** While zoomed in the window follows the position in whole windows, so that it does not creep under the pointer. */
export const view = computed<Window>(() => {
  const size = ZOOMS_MS[zoom.value] ?? DAY_MS;
  const whole = dayWindow.value;
  const at = positionMs.value;
  if (size >= DAY_MS || at === null) return windowAround(whole.fromMs, size, whole);
  const slot = Math.floor((at - whole.fromMs) / size);
  return windowAround(whole.fromMs + slot * size + size / 2, size, whole);
});

export function goTo(wallMs: number): void {
  positionMs.value = wallMs;
  target.value = { wallMs, count: (target.value?.count ?? 0) + 1 };
}

/** Marks one end at the playing position; an end on the wrong side of the other one takes that one away. */
export function markEnd(which: "fromMs" | "toMs"): void {
  const at = positionMs.value;
  if (at === null) return;
  const next = { ...marked.value, [which]: at };
  const crossed = next.fromMs !== null && next.toMs !== null && next.toMs <= next.fromMs;
  marked.value = crossed ? { fromMs: null, toMs: null, [which]: at } : next;
}

export function toggleCamera(cameraId: string): void {
  const now = chosen.value;
  chosen.value = now.includes(cameraId) ? now.filter((id) => id !== cameraId) : [...now, cameraId].slice(-MOST_CAMERAS);
}
