/** Words live in locale files only, in both languages, and each is used. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { fill, t, tOr } from "../src/locale";
import en from "../src/locale/en.json";
import esPE from "../src/locale/es-PE.json";

const ROOT = join(import.meta.dirname, "../src");
const FILES = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !name.endsWith("generated.ts"));
const sources = new Map(FILES.map((name) => [name, readFileSync(join(ROOT, name), "utf8")]));
const SPANISH = /[áéíóúñüÁÉÍÓÚÑ¿¡«»]/;
/** Attributes that people read. */
const READ = new Set(["title", "aria-label", "placeholder", "alt", "label"]);

function literalsOf(name: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) found.push(node.text.trim());
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const attribute = ts.isJsxAttribute(node.parent) ? node.parent.name.getText() : "";
      if (SPANISH.test(node.text) || (READ.has(attribute) && /\p{L}{2}/u.test(node.text))) found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS));
  return found;
}

describe("words", () => {
  it("are the same in both languages, with the same places to fill", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(esPE).sort());
    const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(esPE)) expect([key, places(en[key as keyof typeof en])]).toEqual([key, places(text)]);
  });

  it("are never empty", () => {
    expect(Object.entries({ ...en, ...esPE }).filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it.each([...sources.keys()])("are not written into %s", (name) => {
    // PID, log-in digits and the like are the same in every language.
    const same = new Set(["PID", "Enter", "Ctrl Enter", "Esc"]);
    expect(literalsOf(name, sources.get(name) ?? "").filter((text) => !same.has(text))).toEqual([]);
  });

  it("are all used", () => {
    const all = [...sources.values()].join("\n");
    const unused = Object.keys(esPE).map((key) => key.replace(/\.one$/, "")).filter((key) => {
      if (all.includes(`"${key}"`)) return false;
      // `t(`dispatch.${state}`)` and tOr("cause", …): a prefix in use is enough.
      return !key.split(".").some((_, i, parts) => i > 0 && [`\`${parts.slice(0, i).join(".")}.$`, `"${parts.slice(0, i).join(".")}", `].some((use) => all.includes(use)));
    });
    expect(unused).toEqual([]);
  });

  it("are filled in, and an unknown place stays visible", () => {
    expect(fill("{a} y {b}", { a: 1 })).toBe("1 y {b}");
    expect(t("grid.typed", { number: 12 })).toBe("Cámara 12");
    expect(tOr("cause", "link")).toBe("enlace caído");
    expect(tOr("cause", "meteor")).toBe("meteor");
  });

  it("agree with the number one", () => {
    expect(t("hold.placed", { count: 1, day: "05/03/2026" })).toBe("Reservado en 1 cámara, desde el 05/03/2026.");
    expect(t("hold.placed", { count: 2, day: "05/03/2026" })).toBe("Reservado en 2 cámaras, desde el 05/03/2026.");
    expect(Object.keys(esPE).filter((key) => key.endsWith(".one") && !(key.replace(/\.one$/, "") in esPE))).toEqual([]);
  });
});

describe("what the content security policy forbids", () => {
  it.each([...sources.keys()])("is not in %s", (name) => {
    expect(sources.get(name)).not.toMatch(/dangerouslySetInnerHTML|innerHTML|\beval\(|new Function\(|\sstyle="|setAttribute\("style"/);
  });
});
