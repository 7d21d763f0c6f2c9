import { describe, expect, it } from "vitest";
import { systemFault } from "../src/api/types";
import { faultText } from "../src/ui/fault";

describe("faults of the system", () => {
  it("tells one camera, a shared trunk and movement apart", () => {
    expect(systemFault("sistema")).toBe("");
    expect(systemFault("sistema: anillo norte")).toBe("anillo norte");
    expect(systemFault("Toda la vista")).toBeNull();
    expect(systemFault("zona sistema")).toBeNull();
  });

  it("names what many cameras share, and how many they are", () => {
    expect(faultText("", 1)).toBe("Cámara sin señal");
    expect(faultText("la red", 42)).toBe("42 cámaras sin señal: la red");
    expect(faultText("la red")).toBe("Cámaras sin señal: la red");
  });
});
