import { expect, it } from "vitest";
import { objectText, zoneText } from "../src/ui/source";

it("names the rule before the zone, and a zone without one as it stands", () => {
  expect(zoneText("Vereda del banco")).toBe("Vereda del banco");
  expect(zoneText("Vereda ▸ loitering")).toBe("Merodeo · Vereda");
  expect(zoneText("Vereda ▸ norte ▸ line_a_b")).toBe("Cruce de línea hacia B · Vereda ▸ norte");
  expect(zoneText("Vereda ▸ from_later")).toBe("from_later · Vereda");
});

it("says what a model recognised with its probability, and never that it is certain", () => {
  expect(objectText({ object_kind: "person", object_score: 0.83 })).toBe("persona 0.83");
  expect(objectText({ object_kind: "vehicle", object_score: 0.999 })).toBe("vehículo 0.99");
  expect(objectText({ object_kind: "vehicle", object_score: 0.29 })).toBe("vehículo 0.29");
  expect(objectText({ object_kind: "", object_score: 0 })).toBe("");
});
