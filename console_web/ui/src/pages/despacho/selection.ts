import { signal } from "@preact/signals";

export const selectedDispatch = signal<string | null>(null);
/** Closing always asks for the outcome. */
export const closingDispatch = signal(false);
/** What goes along with the next step. */
export const stepNote = signal("");
