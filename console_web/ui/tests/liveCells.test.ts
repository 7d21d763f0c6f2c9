import { describe, expect, it } from "vitest";
import { cellsInside, seenBy, thresholdOf } from "../src/state/liveCells";
import { CELLS, COLUMNS, NOTHING, WHOLE } from "../src/state/region";

const evidenceAt = (cells: Record<number, number>): number[] => Array.from({ length: CELLS }, (_, cell) => cells[cell] ?? 0);
const zone = { sensitivity: 0.5, min_area: 0.003 };

describe("cells that move now", () => {
  it("have the server's thresholds", () => {
    expect([0, 0.25, 0.5, 1].map(thresholdOf)).toEqual([46, 33, 23, 12]);
  });

  it("lie in a polygon where at least half of them does, or any part where it is smaller than a cell", () => {
    const cell = (column: number, row: number): [number, number] => [column / 32, row / 18];
    expect([...cellsInside([cell(2, 1), cell(3.6, 1), cell(3.6, 2), cell(2, 2)])]).toEqual([COLUMNS + 2, COLUMNS + 3]);
    expect([...cellsInside([cell(2, 1), cell(3.4, 1), cell(3.4, 2), cell(2, 2)])]).toEqual([COLUMNS + 2]);
    expect([...cellsInside([cell(5.4, 5.4), cell(5.6, 5.4), cell(5.6, 5.6), cell(5.4, 5.6)])]).toEqual([5 * COLUMNS + 5]);
    expect(cellsInside([[0, 0], [1, 0], [1, 1], [0, 1]]).size).toBe(CELLS);
  });

  it("move surely, or at half the threshold beside one that does", () => {
    const seen = seenBy(zone, WHOLE, NOTHING, evidenceAt({ 40: 23, 41: 11, 42: 11, 200: 22 }));
    expect([...seen.moving].sort((a, b) => a - b)).toEqual([40, 41]);
    expect([seen.together, seen.needed, seen.strongest, seen.threshold]).toEqual([2, 2, 23, 23]);
  });

  it("count together only where they hang together, corners included", () => {
    const seen = seenBy(zone, WHOLE, NOTHING, evidenceAt({ 0: 50, [COLUMNS + 1]: 50, 31: 50, [COLUMNS]: 0 }));
    expect([seen.moving.size, seen.together]).toEqual([3, 2]);
  });

  it("are nothing outside the zone, or under a mask; a keener zone takes fainter ones", () => {
    const evidence = evidenceAt({ 40: 30, 90: 14 });
    expect(seenBy(zone, new Set([90, 91]), NOTHING, evidence).moving.size).toBe(0);
    expect(seenBy(zone, WHOLE, new Set([40]), evidence).strongest).toBe(14);
    expect(seenBy({ ...zone, sensitivity: 1 }, new Set([90, 91]), NOTHING, evidence).moving.size).toBe(1);
  });
});
