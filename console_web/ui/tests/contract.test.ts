/** Every address that the screens call is one that the server's OpenAPI document names, by the same method. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const source = (name: string): string => readFileSync(join(import.meta.dirname, "../src/api", name), "utf8");

function served(): Set<string> {
  const found = new Set<string>();
  for (const block of source("generated.ts").matchAll(/^ {4}"(\/[^"]*)": \{\n([\s\S]*?)^ {4}\};/gm)) {
    for (const method of (block[2] ?? "").matchAll(/^ {8}(get|post): /gm)) found.add(`${method[1]} ${(block[1] ?? "").replace(/\{\w+\}/g, "{}")}`);
  }
  return found;
}

function called(): string[] {
  const calls = [...source("endpoints.ts").matchAll(/(get|post|request)(?:<[^(]*>)?\(\s*(?:"(GET|POST)", )?[`"](\/api\/[^`"?]*)/g)];
  return calls.map(([, call = "", method = call, path = ""]) => `${method.toLowerCase()} ${path.replace(/\$\{(?:id\([^)]*\))\}/g, "{}").replace(/\$\{[\s\S]*$/, "")}`);
}

describe("routes", () => {
  const known = served();
  it("are read from both files", () => {
    expect(known.size).toBeGreaterThan(20);
    expect(called().length).toBeGreaterThan(20);
  });
  it.each(called())("%s exists", (call) => {
    expect(known).toContain(call);
  });
});
