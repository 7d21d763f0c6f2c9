import { describe, expect, it } from "vitest";
import { decide, join, MAX_BEHIND_S, TARGET_BEHIND_S } from "../src/video/bufferPolicy";

const view = (currentTime_s: number, ...ranges: [number, number][]): Parameters<typeof decide>[0] => ({ currentTime_s, ranges, paused: false });

describe("staying live", () => {
  it("does nothing before anything arrived", () => {
    expect(decide(view(0))).toEqual({ seekTo_s: null, playbackRate: 1, removeBefore_s: null });
  });

  it("leaves a picture near the edge alone", () => {
    expect(decide(view(9.8, [0, 10]))).toEqual({ seekTo_s: null, playbackRate: 1, removeBefore_s: null });
  });

  it("runs a little faster when somewhat behind, without a jump", () => {
    const decision = decide(view(9.3, [5, 10]));
    expect(decision.seekTo_s).toBeNull();
    expect(decision.playbackRate).toBeGreaterThan(1);
  });

  it("jumps near the edge when more than a second behind, at normal speed", () => {
    const decision = decide(view(10 - MAX_BEHIND_S - 0.01, [0, 10]));
    expect(decision.seekTo_s).toBeCloseTo(10 - TARGET_BEHIND_S);
    expect(decision.playbackRate).toBe(1);
  });

  it("goes to where the stream begins, whatever its first time stamp", () => {
    expect(decide(view(0, [4000, 4000.04])).seekTo_s).toBe(4000);
  });

  it("jumps over the hole that a drop to the next key frame leaves", () => {
    expect(decide(view(10, [5, 10], [13, 13.04])).seekTo_s).toBe(13);
  });

  it("jumps over a hole however small: a picture in a hole stands still", () => {
    expect(decide(view(10, [5, 10], [10.4, 10.44])).seekTo_s).toBe(10.4);
  });

  it("comes back when it stands beyond what arrived: the camera's clock began anew", () => {
    expect(decide(view(50, [2, 3])).seekTo_s).toBeCloseTo(3 - TARGET_BEHIND_S);
  });

  it("never seeks before the newest range", () => {
    expect(decide(view(0, [0, 2], [7, 7.05])).seekTo_s).toBe(7);
  });

  it("forgets what was seen long ago, in steps, and never the present", () => {
    expect(decide(view(29.9, [20, 30])).removeBefore_s).toBeNull();
    const decision = decide(view(29.9, [10, 30]));
    expect(decision.removeBefore_s).not.toBeNull();
    expect(decision.removeBefore_s).toBeLessThan(29);
    expect(decision.removeBefore_s).toBeGreaterThan(10);
  });
});

describe("join", () => {
  it("puts fragments one after the other", () => {
    expect([...join([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)])]).toEqual([1, 2, 3]);
  });
});
