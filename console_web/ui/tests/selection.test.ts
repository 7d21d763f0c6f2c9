import { beforeEach, describe, expect, it, vi } from "vitest";
import { goOnTo, justCame, LOOK_MS, selectAlert, selection } from "../src/pages/operador/selection";

beforeEach(() => {
  vi.useFakeTimers();
  return () => { vi.useRealTimers(); };
});

describe("an alert that the page goes on to by itself", () => {
  it("is new under the hand for as long as a hand takes to press twice", () => {
    goOnTo("b");
    expect(selection.value).toEqual({ kind: "alert", id: "b" });
    expect(justCame("b")).toBe(true);
    expect(justCame("a")).toBe(false);
    vi.advanceTimersByTime(LOOK_MS);
    expect(justCame("b")).toBe(false);
  });

  it("is another thing than one that somebody chose", () => {
    selectAlert("c");
    expect(justCame("c")).toBe(false);
    goOnTo("d");
    selectAlert("d");
    expect(justCame("d")).toBe(false);
  });
});
