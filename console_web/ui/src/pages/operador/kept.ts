/**
 * What an operator looks at, and the dispatch that he is writing, over a reload of the page: else it comes up with another alert under his hands, and what he
 * types next is meant for the one before. The text itself is in `draft`.
 */
import { effect } from "@preact/signals";
import type { Alert, Incident } from "../../api/types";
import { form } from "./AlertPanel";
import { type Selection, selection } from "./selection";

const KEY = "shown";

export interface Kept {
  userId: string;
  selection: Selection;
  form: typeof form.value;
}

interface Known {
  alerts: ReadonlyMap<string, Pick<Alert, "state" | "owner_id">>;
  incidents: ReadonlyMap<string, Pick<Incident, "state">>;
}

/** What of it still holds: the same person, a case that is not closed, an alert that nobody else has taken meanwhile. */
export function stillHolds(kept: Kept, userId: string, known: Known): Pick<Kept, "selection" | "form"> {
  const nothing = { selection: null, form: null };
  const chosen = kept.selection;
  if (!chosen || kept.userId !== userId) return nothing;
  const alert = chosen.kind === "alert" ? known.alerts.get(chosen.id) : undefined;
  const open = chosen.kind === "alert" ? alert !== undefined && alert.state !== "closed" : known.incidents.get(chosen.id)?.state === "open";
  if (!open) return nothing;
  const others = alert?.state === "taken" && alert.owner_id !== userId;
  return { selection: chosen, form: kept.form?.targetId === chosen.id && !others ? kept.form : null };
}

function stored(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** Takes up what was kept, once the lists are known, and keeps what follows. */
export function keepShown(userId: string, known: Known): () => void {
  const kept = stored();
  if (kept && !selection.value) {
    const now = stillHolds(kept, userId, known);
    selection.value = now.selection;
    form.value = now.form;
  }
  return effect(() => sessionStorage.setItem(KEY, JSON.stringify({ userId, selection: selection.value, form: form.value } satisfies Kept)));
}
