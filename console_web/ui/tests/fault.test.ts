import { describe, expect, it } from "vitest";
import { ofSystem, systemFault } from "../src/api/types";
import { faultText } from "../src/ui/fault";

describe("faults of the system", () => {
  it("tells one camera, a shared trunk and movement apart", () => {
    expect(systemFault("sistema")).toBe("");
    expect(systemFault("sistema: anillo norte")).toBe("anillo norte");
    expect(systemFault("Toda la vista")).toBeNull();
    expect(systemFault("zona sistema")).toBeNull();
  });

  it.each(["reloj del servidor", "análisis reducido", "disco", "plazo", "canales", "reservas", "archivos"])("has words of its own for %s, in which no camera lost its signal", (name) => {
    expect(faultText(name, 1)).not.toMatch(/sin señal|reloj del servidor:/);
    expect(faultText(name, 3)).toBe(faultText(name));
  });

  it("are of no one camera, but where that camera or its recording is what is at fault", () => {
    expect(["sistema: reloj del servidor", "sistema: disco", "sistema: canales", "sistema: la red", "sistema: anillo norte ▸ black"].filter((zone) => !ofSystem(zone))).toEqual([]);
    expect(["sistema", "sistema ▸ covered", "sistema: reservas", "sistema: archivos", "Toda la vista", "equipo: tapada"].filter(ofSystem)).toEqual([]);
  });

  it("names what many cameras share, and how many they are", () => {
    expect(faultText("", 1)).toBe("Cámara sin señal");
    expect(faultText("la red", 42)).toBe("42 cámaras sin señal: la red");
    expect(faultText("anillo sur", 1)).toBe("1 cámara sin señal: anillo sur");
    expect(faultText("la red")).toBe("Cámaras sin señal: la red");
    expect(faultText("anillo sur ▸ black", 3)).toBe("Imagen negra: anillo sur");
  });
});
