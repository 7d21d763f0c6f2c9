/** The agencies of the configuration, as the session brought them: what they are called, how they ring, and which colour is theirs. */
import type { AgencyInfo } from "../api/types";
import { session } from "./store";

/** The two that a key of the operator's page belongs to. */
export const BY_KEY = ["serenazgo", "pnp"] as const;

export function agencies(): readonly AgencyInfo[] {
  return session.value?.agencies ?? [];
}

export function agencyOf(code: string): AgencyInfo | undefined {
  return agencies().find((each) => each.code === code);
}

/** One that was taken out of the configuration still has its past: its code stands for it. */
export function agencyName(code: string): string {
  return agencyOf(code)?.name ?? code.toUpperCase();
}

/** Those without a key of their own, in the order of the configuration. */
export function furtherAgencies(): readonly AgencyInfo[] {
  return agencies().filter((each) => !(BY_KEY as readonly string[]).includes(each.code));
}

export type Tone = (typeof BY_KEY)[number] | "other";

/** Part of class names: the two have colours of their own, all others share one; the name stands beside it. */
export function toneOf(code: string): Tone {
  return code === "serenazgo" || code === "pnp" ? code : "other";
}
