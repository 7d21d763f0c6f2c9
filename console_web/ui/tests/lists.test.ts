import { describe, expect, it } from "vitest";
import type { Camera, Dispatch, OccurrenceType, Role } from "../src/api/types";
import { backoffMs } from "../src/state/backoff";
import { CLOSED_FOR_MS, column, nextStep } from "../src/state/board";
import { arrivals, step } from "../src/state/queueMove";
import { homeOf, safeNext } from "../src/state/roles";
import { findCameras, findTypes } from "../src/state/search";
import { melody } from "../src/state/sound";
import { placeCamera, type Tiles } from "../src/state/tiles";

const types = [["A", "Patrimonio", "Estafa o robo"], ["B", "Patrimonio", "Robo con violencia"], ["C", "Orden público", "Gresca o pandillaje"], ["D", "Tránsito", "Accidente"]].map(
  ([code, group, name]) => ({ code, group, name, priority: 1 }) as OccurrenceType,
);
const cameras = [[1, "Jr. Marañón con Jr. Tarapacá"], [12, "Serenazgo"], [2, "Puente Huánuco"]].map(([number, name]) => ({ camera_id: `cam${number}`, number, name }) as Camera);

describe("searching", () => {
  it("does not ask for accents, and puts names that begin so first", () => {
    expect(findTypes(types, "robo").map((type) => type.code)).toEqual(["B", "A"]);
    expect(findTypes(types, "transito").map((type) => type.code)).toEqual(["D"]);
    expect(findTypes(types, "pandi gres").map((type) => type.code)).toEqual(["C"]);
    expect(findTypes(types, " ")).toHaveLength(4);
  });

  it("takes a number for that camera alone, else for the ones that begin so", () => {
    expect(findCameras(cameras, "1").map((c) => c.number)).toEqual([1]);
    expect(findCameras(cameras, "maranon").map((c) => c.number)).toEqual([1]);
    expect(findCameras(cameras, "huanuco puente").map((c) => c.number)).toEqual([2]);
    expect(findCameras(cameras.filter((c) => c.number !== 1), "1").map((c) => c.number)).toEqual([12]);
  });
});

describe("moving in a list", () => {
  it("stops at both ends and begins at the first", () => {
    expect(step(["a", "b"], null, 1)).toBe("a");
    expect(step(["a", "b"], "b", 1)).toBe("b");
    expect(step(["a", "b"], "a", -1)).toBe("a");
    expect(step(["a", "b"], "gone", -1)).toBe("a");
    expect(step([], "a", 1)).toBeNull();
  });

  it("tells arrivals from what was there", () => {
    expect(arrivals(new Set(["a"]), ["a", "b"])).toEqual(["b"]);
  });
});

describe("the board", () => {
  const card = (id: string, state: Dispatch["state"], created_wall_ms: number, priority = 1, closed?: number): Dispatch =>
    ({ dispatch_id: id, state, created_wall_ms, priority, times: closed === undefined ? {} : { closed } }) as unknown as Dispatch;

  it("puts the most urgent and oldest first, but the newest closed one", () => {
    const now = 2 * CLOSED_FOR_MS;
    const all = [card("b", "sent", 5), card("a", "sent", 1), card("low", "sent", 0, 3), card("x", "closed", 0, 1, now - 10), card("y", "closed", 0, 1, now - 5), card("past", "closed", 0, 1, now - CLOSED_FOR_MS - 1)];
    expect(column(all, "sent", now).map((d) => d.dispatch_id)).toEqual(["a", "b", "low"]);
    expect(column(all, "closed", now).map((d) => d.dispatch_id)).toEqual(["y", "x"]);
  });

  it("knows the step after each", () => {
    expect(nextStep("sent")).toBe("received");
    expect(nextStep("closed")).toBeNull();
  });
});

describe("tiles", () => {
  const empty: Tiles = { layout: 4, cameras: [], active: 3 };
  it("fills the active tile and moves on, round the corner", () => {
    const next = placeCamera(empty, "cam07");
    expect(next.cameras[3]).toBe("cam07");
    expect(next.active).toBe(0);
  });
  it("remembers the camera that was called up, not the tile that comes next", () => {
    const next = placeCamera({ layout: 4, cameras: ["cam01", "cam02"], active: 0 }, "cam07");
    expect([next.last, next.cameras[next.active]]).toEqual(["cam07", "cam02"]);
    expect(placeCamera(next, "cam02").last).toBe("cam02");
  });
  it("does not show a camera twice", () => {
    const once = placeCamera(empty, "cam07");
    const twice = placeCamera(once, "cam07");
    expect(twice.cameras.filter((c) => c === "cam07")).toHaveLength(1);
    expect(twice.active).toBe(3);
  });
  it("takes a tile that the layout shows", () => {
    expect(placeCamera({ layout: 1, cameras: [], active: 3 }, "cam07").cameras[0]).toBe("cam07");
  });
});

describe("pages of roles", () => {
  it.each<[Role, string]>([["operator", "/operador"], ["supervisor", "/supervision"], ["dispatcher", "/despacho"], ["investigator", "/investigacion"], ["admin", "/admin"]])("%s starts at %s", (role, page) => {
    expect(homeOf(role)).toBe(page);
  });
  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "/admin", "javascript:alert(1)", "", null])("never follows %j after log-in", (next) => {
    expect(safeNext(next, "operator")).toBe("/operador");
  });
  it("follows a page of the role", () => {
    expect(safeNext("/investigacion", "operator")).toBe("/investigacion");
  });
});

describe("waiting and sounds", () => {
  it("waits longer each time, up to a bound, and not all terminals alike", () => {
    expect(backoffMs(0, 0.5)).toBe(500);
    expect(backoffMs(3, 0.5)).toBe(4000);
    expect(backoffMs(1000, 0.999)).toBeLessThanOrEqual(12_500);
    expect(backoffMs(2, 0)).toBeLessThan(backoffMs(2, 0.9));
  });
  it("tells priorities apart by number of strokes", () => {
    expect([1, 2, 3].map((priority) => melody(priority).length)).toEqual([3, 2, 1]);
  });
});
