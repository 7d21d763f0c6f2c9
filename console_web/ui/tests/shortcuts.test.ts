import { describe, expect, it } from "vitest";
import { commandFor, digitFor, keyName, pressedTwice, SHORTCUTS, type KeyPress, type Scope } from "../src/state/shortcuts";

const SCOPES: readonly Scope[] = ["operador", "mover", "despacho", "investigacion"];

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, target: "body", ...more };
}

describe("the table of keys", () => {
  it.each(SCOPES)("gives each key of %s one meaning", (scope) => {
    const keys = SHORTCUTS.filter((s) => s.scope === scope || s.scope === "global").map(keyName);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it("leaves digits to camera numbers", () => {
    expect(SHORTCUTS.filter((s) => /^\d$/.test(s.key))).toEqual([]);
  });
});

describe("commandFor", () => {
  it("knows its page's keys, in either case, and no other page's", () => {
    expect(commandFor(press("t"), "operador")).toBe("take");
    expect(commandFor(press("T", { shiftKey: true }), "operador")).toBe("take");
    expect(commandFor(press("t"), "despacho")).toBeNull();
    expect(commandFor(press("l"), "operador")).toBe("release");
    expect(commandFor(press("l"), "despacho")).toBe("on_scene");
  });

  it.each(["ctrlKey", "altKey", "metaKey"] as const)("leaves the browser's own shortcuts alone (%s)", (modifier) => {
    expect(commandFor(press("p", { [modifier]: true }), "operador")).toBeNull();
  });

  it.each([["textarea", undefined], ["select", undefined], ["input", "text"], ["input", "password"], ["input", "search"], ["input", "date"]])("decides nothing while somebody types in %s %s", (target, inputType) => {
    const where = { target, ...(inputType ? { inputType } : {}) };
    for (const key of ["f", "p", "s", "Enter", "ArrowDown", "?"]) expect(commandFor(press(key, where), "operador")).toBeNull();
    expect(commandFor(press("Escape", where), "operador")).toBe("escape");
  });

  it("lets a focused button have its Enter and Space, but not the letters", () => {
    expect(commandFor(press("Enter", { target: "button" }), "operador")).toBeNull();
    expect(commandFor(press(" ", { target: "button" }), "investigacion")).toBeNull();
    expect(commandFor(press("t", { target: "button" }), "operador")).toBe("take");
  });

  it("lets a slider have its arrows", () => {
    expect(commandFor(press("ArrowLeft", { target: "input", inputType: "range" }), "investigacion")).toBeNull();
  });

  it("tells arrows with shift from arrows without", () => {
    expect(commandFor(press("ArrowLeft"), "investigacion")).toBe("back");
    expect(commandFor(press("ArrowLeft", { shiftKey: true }), "investigacion")).toBe("back.minute");
  });
});

describe("digitFor", () => {
  it("takes digits outside text fields only", () => {
    expect(digitFor(press("7"))).toBe("7");
    expect(digitFor(press("7", { target: "input", inputType: "text" }))).toBeNull();
    expect(digitFor(press("7", { ctrlKey: true }))).toBeNull();
    expect(digitFor(press("F7"))).toBeNull();
  });
});

describe("pressedTwice", () => {
  it("is Enter held down, wherever it would press or send something", () => {
    for (const target of ["body", "button", "input"]) {
      expect(pressedTwice(press("Enter", { target }), true)).toBe(true);
      expect(pressedTwice(press("Enter", { target }), false)).toBe(false);
    }
    expect(pressedTwice(press("Enter", { target: "textarea", ctrlKey: true }), true)).toBe(true);
  });

  it("is no new line in a note, and no other key", () => {
    expect(pressedTwice(press("Enter", { target: "textarea" }), true)).toBe(false);
    expect(pressedTwice(press("ArrowDown"), true)).toBe(false);
  });
});
