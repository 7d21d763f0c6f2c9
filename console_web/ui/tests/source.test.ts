import { expect, it } from "vitest";
import { zoneText } from "../src/ui/source";

it("names the rule before the zone, and a zone without one as it stands", () => {
  expect(zoneText("Vereda del banco")).toBe("Vereda del banco");
  expect(zoneText("Vereda ▸ loitering")).toBe("Merodeo · Vereda");
  expect(zoneText("Vereda ▸ norte ▸ line_a_b")).toBe("Cruce de línea hacia B · Vereda ▸ norte");
  expect(zoneText("Vereda ▸ from_later")).toBe("from_later · Vereda");
});
