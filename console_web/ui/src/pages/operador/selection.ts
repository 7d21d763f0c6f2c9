/** What the operator looks at. */
import { signal } from "@preact/signals";

export type Selection = { kind: "alert"; id: string } | { kind: "incident"; id: string } | null;
export type Tab = "alert" | "grid";

export const selection = signal<Selection>(null);
export const tab = signal<Tab>("alert");
/** Digits of a camera number while it is being typed. */
export const typedNumber = signal("");

/** As long as a hand takes to press twice; who looks at what came takes longer. */
export const LOOK_MS = 700;

let came = { id: "", atMs: 0 };

export function selectAlert(id: string): void {
  selection.value = { kind: "alert", id };
  tab.value = "alert";
  came = { id: "", atMs: 0 };
}

/** The page goes on to an alert by itself, because the one before it is done. */
export function goOnTo(id: string): void {
  selection.value = { kind: "alert", id };
  came = { id, atMs: performance.now() };
}

/** It stands under the hand that decided on the one before, and nobody can have looked at it yet. */
export function justCame(id: string): boolean {
  return came.id === id && performance.now() - came.atMs < LOOK_MS;
}

export function selectIncident(id: string): void {
  selection.value = { kind: "incident", id };
  tab.value = "alert";
}
