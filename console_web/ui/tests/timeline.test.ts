import { describe, expect, it } from "vitest";
import type { Coverage } from "../src/api/types";
import { bar, DAY_MS, fromX, HOUR_MS, movementFrom, nextRecorded, recordedAt, recordedShare, ticks, tickStepMs, toX, windowAround } from "../src/state/timeline";

const day = { fromMs: 0, toMs: DAY_MS };
const span = (from_wall_ms: number, to_wall_ms: number): { from_wall_ms: number; to_wall_ms: number; keyframes: boolean; damaged: boolean } => ({ from_wall_ms, to_wall_ms, keyframes: false, damaged: false });
const coverage: Coverage = { spans: [span(0, 100), span(200, 300)], gaps: [], movements: [{ ...span(5000, 6000), zone: "" }, { ...span(9000, 9500), zone: "" }] };

describe("geometry", () => {
  it("turns a click back into the time under it", () => {
    for (const wallMs of [0, 1, 12_345_678, DAY_MS]) expect(Math.abs(fromX(toX(wallMs, day, 1400), day, 1400) - wallMs)).toBeLessThanOrEqual(1);
  });

  it("clips clicks and times outside", () => {
    expect(fromX(-5, day, 100)).toBe(0);
    expect(fromX(105, day, 100)).toBe(DAY_MS);
    expect(toX(-1, day, 100)).toBe(0);
  });

  it("shows two seconds of a day, inside the bar even at its end", () => {
    expect(bar(span(1000, 3000), day, 1400, 2)?.width).toBe(2);
    const last = bar(span(DAY_MS - 10, DAY_MS), day, 1400, 2);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(1400);
  });

  it("leaves out what only touches the window", () => {
    expect(bar(span(-10, 0), day, 100)).toBeNull();
    expect(bar(span(DAY_MS, DAY_MS + 5), day, 100)).toBeNull();
  });

  it("keeps a window inside its day", () => {
    expect(windowAround(1000, HOUR_MS, day)).toEqual({ fromMs: 0, toMs: HOUR_MS });
    expect(windowAround(DAY_MS, HOUR_MS, day)).toEqual({ fromMs: DAY_MS - HOUR_MS, toMs: DAY_MS });
    expect(windowAround(5, 2 * DAY_MS, day)).toEqual(day);
  });

  it("keeps the scale's words apart and on whole steps of the day", () => {
    const step = tickStepMs(day, 1000, 70);
    expect(toX(step, day, 1000)).toBeGreaterThanOrEqual(70);
    expect(ticks({ fromMs: 5000, toMs: 21_000 }, 10_000, 0)).toEqual([10_000, 20_000]);
  });
});

describe("what was recorded", () => {
  it("counts the end of a span as not recorded", () => {
    expect(recordedAt(coverage, 99)).toBe(true);
    expect(recordedAt(coverage, 100)).toBe(false);
  });

  it("finds where recording goes on", () => {
    expect(nextRecorded(coverage, 50)).toBe(50);
    expect(nextRecorded(coverage, 150)).toBe(200);
    expect(nextRecorded(coverage, 300)).toBeNull();
  });

  it("gives the share of the window, not of what is outside it", () => {
    expect(recordedShare(coverage, { fromMs: 50, toMs: 250 })).toBeCloseTo(0.5);
  });

  it("goes from movement to movement and leaves the present one", () => {
    expect(movementFrom([coverage], 0, 1)).toBe(5000);
    expect(movementFrom([coverage], 5000, 1)).toBe(9000);
    expect(movementFrom([coverage], 9000, -1)).toBe(5000);
    expect(movementFrom([coverage], 9000, 1)).toBeNull();
  });
});
