import { expect, it } from "vitest";
import { type Kept, stillHolds } from "../src/pages/operador/kept";

const known = {
  alerts: new Map([
    ["new", { state: "new" as const, owner_id: null }],
    ["mine", { state: "taken" as const, owner_id: "ana" }],
    ["others", { state: "taken" as const, owner_id: "luis" }],
    ["closed", { state: "closed" as const, owner_id: "ana" }],
  ]),
  incidents: new Map([["open", { state: "open" as const }], ["over", { state: "closed" as const }]]),
};

function kept(kind: "alert" | "incident", id: string, userId = "ana"): Kept {
  return { userId, selection: { kind, id }, form: { targetId: id, agency: "pnp" } };
}

it.each(["new", "mine"])("an alert that is %s comes back with the dispatch that was being written", (id) => {
  expect(stillHolds(kept("alert", id), "ana", known)).toEqual({ selection: { kind: "alert", id }, form: { targetId: id, agency: "pnp" } });
});

it("an alert that somebody else has taken comes back without", () => {
  expect(stillHolds(kept("alert", "others"), "ana", known)).toEqual({ selection: { kind: "alert", id: "others" }, form: null });
});

it("an open incident comes back", () => {
  expect(stillHolds(kept("incident", "open"), "ana", known).form).not.toBeNull();
});

it.each([kept("alert", "closed"), kept("alert", "gone"), kept("incident", "over"), kept("incident", "gone"), kept("alert", "mine", "luis")])("nothing comes back of what is over, or another person's (%j)", (old) => {
  expect(stillHolds(old, "ana", known)).toEqual({ selection: null, form: null });
});
