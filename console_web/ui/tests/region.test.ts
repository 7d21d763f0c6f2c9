import { describe, expect, it } from "vitest";
import { CELLS, cellAt, COLUMNS, hexOf, moved, nothingMoved, NOTHING, painted, regionOf, WHOLE } from "../src/state/region";

describe("a region", () => {
  it("travels as the server reads it: row by row, the first cell in the highest bit", () => {
    expect(hexOf(WHOLE)).toBe("f".repeat(144));
    expect(hexOf(NOTHING)).toBe("0".repeat(144));
    expect(hexOf(new Set([0]))).toBe(`8${"0".repeat(143)}`);
    expect(hexOf(new Set([COLUMNS + 3, CELLS - 1]))).toBe(`${"0".repeat(8)}1${"0".repeat(134)}1`);
  });

  it("comes back as it was", () => {
    const region = painted(new Set([5, 575]), 40, 3 * COLUMNS + 20, true);
    expect([...regionOf(hexOf(region))].sort()).toEqual([...region].sort());
  });

  it("is painted and wiped by rectangles, from any corner", () => {
    const square = painted(NOTHING, 2 * COLUMNS + 7, 1 * COLUMNS + 5, true);
    expect([...square].sort((a, b) => a - b)).toEqual([37, 38, 39, 69, 70, 71]);
    expect(painted(square, 37, 71, false).size).toBe(0);
    expect(square.size).toBe(6);
  });

  it("is pointed at within the picture", () => {
    expect([cellAt(0, 0), cellAt(0.999, 0.999), cellAt(2, -1), cellAt(0.5, 0.5)]).toEqual([0, 575, 31, 9 * 32 + 16]);
  });

  it("is walked over by keys without leaving the picture", () => {
    expect([moved(0, "ArrowUp"), moved(0, "ArrowLeft"), moved(0, "ArrowDown"), moved(0, "ArrowRight")]).toEqual([0, 0, 32, 1]);
    expect([moved(575, "ArrowDown"), moved(575, "ArrowRight"), moved(575, "x")]).toEqual([575, 575, 575]);
  });
});

describe("a search that found nothing", () => {
  it("says that nothing moved only of a time that was looked at", () => {
    expect([0, 12.5, 98.9, 99, 100].map(nothingMoved)).toEqual(["search.unlooked", "search.none.looked", "search.none.looked", "search.none", "search.none"]);
  });
});
