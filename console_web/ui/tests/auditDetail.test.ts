import { describe, expect, it } from "vitest";
import { dateClock } from "../src/time";
import { detailText } from "../src/ui/auditDetail";

describe("details of an audit record", () => {
  it("have names and answers in words", () => {
    expect(detailText({ user_id: "u1", reason: "llovía", answered: "yes", authority: "" })).toBe("motivo: llovía · contestó: sí");
  });

  it("have times as times, whether in ms or in ns", () => {
    const at = dateClock(1790000020000);
    expect(detailText({ from_ms: "1790000020000", to_wall_ns: "1790000020000000000", expires: "1790000020000000000" })).toBe(`desde: ${at} · hasta: ${at} · vence: ${at}`);
  });

  it("have steps, agencies, outcomes, roles and shifts as the screens write them", () => {
    expect(detailText({ agency: "pnp", to: "en_route" })).toBe("agencia: PNP · hacia: En camino");
    expect(detailText({ outcome: "false_alarm", role: "dispatcher", shift: "2026-11-27/07-15" })).toBe("resultado: Falsa alarma · rol: Despachador · turno: 27/11/2026 07-15");
  });

  it("say how a configuration came", () => {
    expect(detailText({ how: "editor" })).toBe("por: zonas");
  });

  it("keep what is unknown as it was written", () => {
    expect(detailText({ brand_new: "x", number: "N-2026-000001", seconds: "60", sha256: "5011e870" })).toBe("brand_new: x · incidente: N-2026-000001 · segundos: 60 · SHA-256: 5011e870");
  });
});
