import { expect, test } from "vitest";
import { atMost, inTime, rowsOf, span, type StepFigure } from "../src/pages/supervision/figureRows";

const figure = (more: Partial<StepFigure>): StepFigure => ({ by: "camera", key: "cam01", name: "Cámara 1", step: "taken", count: 1, missing: 0, unknown: 0, p50_ms: 1, p90_ms: 2, p95_ms: 3, in_time: 0, limited: 0, ...more });

test("each group is one row, the busiest first, shifts in their order", () => {
  const times = [figure({}), figure({ step: "closed", count: 2 }), figure({ key: "cam02", count: 9, p95_ms: 70 }), figure({ by: "shift", key: "07-15" }), figure({ by: "shift", key: "15-23", count: 9 })];
  const rows = rowsOf(times, "camera");
  expect(rows.map((row) => row.key)).toEqual(["cam02", "cam01"]);
  expect(rows[1]?.steps.closed?.count).toBe(2);
  expect(atMost(rows, "taken")).toBe(70);
  expect(atMost(rows, "received")).toBe(0);
  expect(rowsOf(times, "shift").map((row) => row.key)).toEqual(["07-15", "15-23"]);
});

test("nine in ten keep the limit, or it is late", () => {
  expect(inTime(figure({ in_time: 9, limited: 10 }))).toBe(true);
  expect(inTime(figure({ in_time: 8, limited: 10 }))).toBe(false);
  expect(inTime(figure({}))).toBe(true);
});

test.each([[null, "–"], [0, "0,0 s"], [9949, "9,9 s"], [38_400, "38 s"], [245_000, "4:05 min"], [7_800_000, "2:10 h"]])("%s ms is written %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});
