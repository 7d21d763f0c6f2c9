/** Two boards in one room are told apart by ear. */
import { describe, expect, it } from "vitest";
import type { AgencyInfo } from "../src/api/types";
import { melody, ringing } from "../src/state/sound";

const SOUNDS: readonly AgencyInfo["sound"][] = ["double", "rising", "falling", "long"];

describe("ringing", () => {
  it("is another melody for each name, and none of those of alerts", () => {
    const heard = [...SOUNDS.map(ringing), melody(1), melody(2), melody(3)].map((notes) => JSON.stringify(notes));
    expect(new Set(heard).size).toBe(heard.length);
  });
  it("is short enough to be told between two others", () => {
    for (const sound of SOUNDS) for (const note of ringing(sound)) expect(note.start_s + note.length_s).toBeLessThanOrEqual(2);
  });
});
