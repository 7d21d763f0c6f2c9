/** What the operator looks at. */
import { signal } from "@preact/signals";

export type Selection = { kind: "alert"; id: string } | { kind: "incident"; id: string } | null;
export type Tab = "alert" | "grid";

export const selection = signal<Selection>(null);
export const tab = signal<Tab>("alert");
/** Digits of a camera number while it is being typed. */
export const typedNumber = signal("");

export function selectAlert(id: string): void {
  selection.value = { kind: "alert", id };
  tab.value = "alert";
}

export function selectIncident(id: string): void {
  selection.value = { kind: "incident", id };
  tab.value = "alert";
}
