/** The server's figures as rows of a table. Pure. */
import type { FigureGroup, FigureStep, RoomFigures } from "../../api/types";

export type StepFigure = RoomFigures["times"][number];
export const STEPS: readonly FigureStep[] = ["queued", "seen", "taken", "dispatched", "received", "arrived", "closed"];
/** So many must keep the limit. */
const SHARE_IN_TIME = 0.9;

export interface Row {
  key: string;
  name: string;
  steps: Partial<Record<FigureStep, StepFigure>>;
}

/** One row a group, in the order in which the server names them; those with most times come first where there are many. */
export function rowsOf(times: readonly StepFigure[], by: FigureGroup): Row[] {
  const rows = new Map<string, Row>();
  for (const figure of times) {
    if (figure.by !== by) continue;
    const row = rows.get(figure.key) ?? { key: figure.key, name: figure.name, steps: {} };
    row.steps[figure.step] = figure;
    rows.set(figure.key, row);
  }
  const weight = (row: Row): number => STEPS.reduce((sum, step) => sum + (row.steps[step]?.count ?? 0), 0);
  return by === "shift" ? [...rows.values()] : [...rows.values()].sort((a, b) => weight(b) - weight(a));
}

/** The longest time of a step that any row shows, in milliseconds. */
export function atMost(rows: readonly Row[], step: FigureStep): number {
  return Math.max(0, ...rows.map((row) => row.steps[step]?.p95_ms ?? 0));
}

/** Whether a step keeps its limit as often as it should; one without a limit does. */
export function inTime(figure: StepFigure): boolean {
  return figure.limited === 0 || figure.in_time >= SHARE_IN_TIME * figure.limited;
}

/** "0,4 s", "38 s", "4:05 min", "2:10 h"; a dash where nothing was measured. */
export function span(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 10_000) return `${(ms / 1000).toFixed(1).replace(".", ",")} s`;
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  const [unit, large] = s < 7200 ? [60, "min"] : [3600, "h"];
  const small = unit === 60 ? s % 60 : Math.floor((s % 3600) / 60);
  return `${Math.floor(s / unit)}:${String(small).padStart(2, "0")} ${large}`;
}
