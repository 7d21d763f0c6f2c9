import { describe, expect, it } from "vitest";
import { isStill, STEERING, STILL, velocityOf } from "../src/state/steering";

describe("what is held", () => {
  it("moves in its way, at its speed", () => {
    expect(velocityOf(new Set(["arrowleft", "arrowup"]), 0.5)).toEqual({ pan: -0.5, tilt: 0.5, zoom: 0 });
    expect(velocityOf(new Set(["+"]), 1)).toEqual({ pan: 0, tilt: 0, zoom: 1 });
  });

  it("cancels out where it is opposite", () => {
    expect(isStill(velocityOf(new Set(["arrowleft", "arrowright"]), 1))).toBe(true);
    expect(isStill(velocityOf(new Set(), 1))).toBe(true);
    expect(isStill(STILL)).toBe(true);
  });

  it("never leaves -1 to 1, whatever is held", () => {
    const keys = Object.keys(STEERING);
    for (let mask = 0; mask < 2 ** keys.length; mask += 1) {
      const { pan, tilt, zoom } = velocityOf(new Set(keys.filter((_, i) => mask & (1 << i))), 1);
      for (const part of [pan, tilt, zoom]) expect(Math.abs(part)).toBeLessThanOrEqual(1);
    }
  });
});
