import { describe, expect, it } from "vitest";
import { afterClose } from "../src/state/feedSocket";

describe("a closed feed", () => {
  it.each([[4401, "session"], [4403, "session"], [4400, "reload"], [4404, "reload"], [1013, "wait"], [1006, "retry"], [1001, "retry"], [1005, "retry"]])("%d: %s", (code, next) => {
    expect(afterClose(code)).toBe(next);
  });
});
