/** Readable in the dark at two metres: WCAG 2.2 contrast of the colours in tokens.css (1.4.3: text 4.5:1, 1.4.11: marks 3:1). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const tokens = new Map([...readFileSync(join(import.meta.dirname, "../src/styles/tokens.css"), "utf8").matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));

/** Relative luminance of #rrggbb. */
function luminance(name: string): number {
  const value = Number.parseInt((tokens.get(name) ?? "").slice(1), 16);
  const [r = 0, g = 0, b = 0] = [value >> 16, (value >> 8) & 255, value & 255].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "panel", "raised"];
const TEXTS = ["text", "muted", "accent", "p1", "p2", "p3", "good", "serenazgo", "pnp", "agency"];

describe("contrast", () => {
  it.each(GROUNDS.flatMap((ground) => TEXTS.map((text) => [text, ground] as const)))("%s on %s", (text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  });
  it.each([["text", "p1-ground"], ["p1", "p1-ground"], ["p2", "p2-ground"], ["text", "accent-ground"], ["muted", "accent-ground"], ["muted", "p1-ground"], ["good", "good-ground"], ["p1", "accent-ground"]])("%s on %s", (text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(["accent", "serenazgo", "pnp", "agency", "p1", "text"])("dark words on %s", (ground) => {
    expect(contrast("dark-text", ground)).toBeGreaterThanOrEqual(4.5);
  });
  it("edges of controls", () => {
    for (const ground of ["panel", "ground"]) expect(contrast("strong-line", ground)).toBeGreaterThanOrEqual(3);
  });
});
