import { describe, expect, it } from "vitest";
import { barsOf } from "../src/state/searchBars";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("the bars of a search", () => {
  it("are the hours of a day, empty ones too", () => {
    const { bars, stepMs } = barsOf([{ from_wall_ms: 5 * HOUR, minutes: 7 }], 5 * HOUR, 29 * HOUR);
    expect(stepMs).toBe(HOUR);
    expect(bars.length).toBe(24);
    expect(bars.map((bar) => bar.minutes)).toEqual([7, ...Array.from({ length: 23 }, () => 0)]);
  });

  it("are days where there are many, and lose no minute", () => {
    const hours = Array.from({ length: 45 * 24 }, (_, i) => ({ from_wall_ms: i * HOUR, minutes: i % 60 }));
    const { bars, stepMs } = barsOf(hours, 0, 45 * DAY);
    expect(stepMs).toBe(DAY);
    expect(bars.length).toBe(45);
    expect(bars.reduce((sum, bar) => sum + bar.minutes, 0)).toBe(hours.reduce((sum, hour) => sum + hour.minutes, 0));
  });
});
