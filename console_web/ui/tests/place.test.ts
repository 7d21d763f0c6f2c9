import { describe, expect, it } from "vitest";
import { placeOf } from "../src/video/place";

/** Two stretches with a hole of 6 s: wall 10,000 to 14,000 and 20,000 to 24,000. */
const HOLED = [
  { start: 0, duration: 2, programDateTime: 10_000 },
  { start: 2, duration: 2, programDateTime: 12_000 },
  { start: 4, duration: 4, programDateTime: 20_000 },
];

describe("where a wall time lies in a playlist", () => {
  it("is inside the fragment that shows it", () => {
    expect(placeOf(HOLED, 13_500, 0)).toBe(3.5);
    expect(placeOf(HOLED, 20_000, 0)).toBe(4);
  });

  it("is the next recorded instant where nothing was recorded", () => {
    expect(placeOf(HOLED, 16_000, 0)).toBe(4);
    expect(placeOf(HOLED, 1_000, 0)).toBe(0);
  });

  it("is nowhere after the end, and in an empty playlist", () => {
    expect(placeOf(HOLED, 24_000, 0)).toBeNull();
    expect(placeOf([], 24_000, 0)).toBeNull();
  });

  it("is reckoned from the beginning where the playlist has no dates", () => {
    const undated = [{ start: 0, duration: 4, programDateTime: null }];
    expect(placeOf(undated, 12_500, 10_000)).toBe(2.5);
    expect(placeOf(undated, 9_000, 10_000)).toBe(0);
  });
});
