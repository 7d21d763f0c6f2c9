/** The dispatch board's columns. Pure. */
import type { Dispatch, DispatchState } from "../api/types";

export const COLUMNS: readonly DispatchState[] = ["sent", "received", "en_route", "on_scene", "closed"];
/** Closed ones stay in sight for a shift and its hand-over. */
export const CLOSED_FOR_MS = 12 * 3600_000;

export function closedAtMs(dispatch: Dispatch): number {
  return dispatch.times.closed ?? dispatch.created_wall_ms;
}

/** One column: open ones most urgent and oldest first; closed ones newest first, for twelve hours. */
export function column(dispatches: Iterable<Dispatch>, state: DispatchState, nowMs: number): Dispatch[] {
  const cards = [...dispatches].filter((d) => d.state === state);
  if (state === "closed") {
    return cards.filter((d) => nowMs - closedAtMs(d) <= CLOSED_FOR_MS).sort((a, b) => closedAtMs(b) - closedAtMs(a));
  }
  return cards.sort((a, b) => a.priority - b.priority || a.created_wall_ms - b.created_wall_ms);
}

/** The step after this one, or null at the end. */
export function nextStep(state: DispatchState): DispatchState | null {
  return COLUMNS[COLUMNS.indexOf(state) + 1] ?? null;
}
