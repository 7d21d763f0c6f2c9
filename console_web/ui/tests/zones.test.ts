import { describe, expect, it } from "vitest";
import type { Camera } from "../src/api/types";
import {
  across, alertsOnMovement, aspectOf, crosses, differences, type Draft, FAR_FOOT, freshName, freshZone, heightAt, isFaulty, limitsOf, movedCorner, NEAR_FOOT, outline, type Polygon, shifted, square, towardsB,
  withCorner, without, withOutline, withoutCorner, withZone,
} from "../src/state/zones";

const draft = (): Draft => ({ zones: [freshZone("Vereda", square()), freshZone("Calzada", square())], masks: [square()] });

describe("the picture under the zones", () => {
  const streams = (main: [number, number], sub: [number, number] | null): Camera["streams"] => {
    const [large, small] = [main, sub].map((size) => size && ({ width_px: size[0], height_px: size[1] }));
    return { main: large, sub: small } as Camera["streams"];
  };

  it("has the shape that its streams have, before any picture came", () => {
    expect(aspectOf(streams([1600, 1200], [640, 360]))).toBeCloseTo(4 / 3);
    expect(aspectOf(streams([0, 0], [704, 576]))).toBeCloseTo(704 / 576);
  });

  it("is taken for 16:9 while nothing is known of it", () => {
    for (const unknown of [undefined, streams([0, 0], null), streams([0, 0], [0, 0])]) expect(aspectOf(unknown)).toBeCloseTo(16 / 9);
  });
});

describe("a drawn zone", () => {
  it("stays within the picture, whole, however far it is dragged", () => {
    const far = shifted(square(), 5, -5);
    expect(Math.max(...far.map((p) => p[0]))).toBe(1);
    expect(Math.min(...far.map((p) => p[1]))).toBe(0);
    expect((far[1]?.[0] ?? 0) - (far[0]?.[0] ?? 0)).toBeCloseTo(0.4);
    expect(movedCorner(square(), 0, [-3, 7])[0]).toEqual([0, 1]);
  });

  it("gets a corner in the middle of an edge, also of the last one, and keeps at least three", () => {
    expect(withCorner(square(), 0)[1]).toEqual([0.5, 0.4]);
    expect(withCorner(square(), 3)[4]).toEqual([0.3, 0.65]);
    const triangle: Polygon = withoutCorner(square(), 1);
    expect(triangle).toHaveLength(3);
    expect(withoutCorner(triangle, 0)).toHaveLength(3);
  });

  it("is faulty where edges cross, a name is missing, or two are the same", () => {
    const bow: Polygon = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]];
    expect(crosses(square())).toBe(false);
    expect(crosses(bow)).toBe(true);
    expect(isFaulty(draft())).toBe(false);
    expect(isFaulty(withOutline(draft(), { kind: "mask", index: 0 }, bow))).toBe(true);
    expect(isFaulty(withZone(draft(), 1, { name: " Vereda " }))).toBe(true);
    expect(isFaulty(withZone(draft(), 1, { name: " " }))).toBe(true);
  });

  it("changes alone, and goes alone", () => {
    const moved = withOutline(draft(), { kind: "zone", index: 1 }, shifted(square(), 0.1, 0));
    expect(outline(moved, { kind: "zone", index: 0 })).toEqual(square());
    expect(outline(moved, { kind: "zone", index: 1 })[0]).toEqual([0.4, 0.4]);
    expect(without(moved, { kind: "zone", index: 0 }).zones.map((z) => z.name)).toEqual(["Calzada"]);
    expect(without(moved, { kind: "mask", index: 0 }).zones).toHaveLength(2);
    expect(freshName([freshZone("Zona 2", square())], "Zona")).toBe("Zona 3");
  });

  it("is about movement until it has a rule, or says otherwise", () => {
    const zone = freshZone("Vereda", square());
    expect(alertsOnMovement(zone)).toBe(true);
    expect(alertsOnMovement({ ...zone, loitering: { after_s: 30 } })).toBe(false);
    expect(alertsOnMovement({ ...zone, loitering: { after_s: 30 }, movement: true })).toBe(true);
  });
});

describe("what differs", () => {
  it("is told zone by zone, with the fields of one that changed", () => {
    expect(differences(draft(), draft())).toEqual([]);
    const changed = withZone(without(draft(), { kind: "mask", index: 0 }), 0, { priority: 1, loitering: { after_s: 30 } });
    const zones = [...changed.zones.slice(0, 1), freshZone("Portón", square())];
    expect(differences(draft(), { ...changed, zones })).toEqual([
      { sign: "~", kind: "zone", name: "Vereda", fields: ["priority", "loitering"] },
      { sign: "+", kind: "zone", name: "Portón", fields: [] },
      { sign: "−", kind: "zone", name: "Calzada", fields: [] },
      { sign: "−", kind: "mask", name: "1", fields: [] },
    ]);
  });

  it("is nothing where a rule that is not there is left out", () => {
    const served: Draft = { zones: [{ ...freshZone("Vereda", square()), line: null, movement: null }], masks: [] };
    expect(differences(served, { zones: [freshZone("Vereda", square())], masks: [] })).toEqual([]);
  });
});

describe("a line and least heights", () => {
  it("has side B at the right of who looks from the first point to the second", () => {
    const [x, y] = towardsB([[0.1, 0.5], [0.9, 0.5]], 16 / 9);
    expect([x + 0, y]).toEqual([0, 1]);
    expect(towardsB([[0.5, 0.1], [0.5, 0.9]], 16 / 9)[0]).toBe(-1);
    expect(across(square())).toEqual([[0.3, 0.65], [0.7, 0.65]]);
  });

  it("come back from the limits as they were set", () => {
    const limits = limitsOf(0.15, 0.3);
    expect(heightAt(limits, FAR_FOOT)).toBeCloseTo(0.15, 3);
    expect(heightAt(limits, NEAR_FOOT)).toBeCloseTo(0.3, 3);
    const steep = limitsOf(0.01, 0.3);
    expect(steep.top).toBe(0);
    expect(heightAt(steep, NEAR_FOOT)).toBeCloseTo(0.3, 3);
  });
});
