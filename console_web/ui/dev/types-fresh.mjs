// Fails where src/api/generated.ts is not what the server's OpenAPI document gives now. Writes nothing into the tree.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ui = resolve(import.meta.dirname, "..");
const root = resolve(ui, "../..");
const folder = mkdtempSync(join(tmpdir(), "types-"));
try {
  const document = join(folder, "openapi.json");
  const python = process.env.PYTHON ?? join(root, ".venv/bin/python");
  writeFileSync(document, execFileSync(python, ["-m", "console_web.openapi"], { cwd: root }));
  const made = join(folder, "generated.ts");
  execFileSync(join(ui, "node_modules/.bin/openapi-typescript"), [document, "-o", made], { cwd: ui, stdio: ["ignore", "ignore", "inherit"] });
  if (readFileSync(made, "utf8") !== readFileSync(join(ui, "src/api/generated.ts"), "utf8")) {
    console.error("src/api/generated.ts is stale: run `npm run types` in console_web/ui and mend what no longer fits");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
