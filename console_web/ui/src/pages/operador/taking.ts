/** The taking of an alert: a decision waits for it, so that no key is lost however slow the server is. */
import * as api from "../../api/endpoints";
import { feed, putAlert } from "../../state/store";

/** By alert, while it is under way. What became of one says nothing of another. */
const underWay = new Map<string, Promise<void>>();

async function request(alertId: string): Promise<void> {
  try {
    putAlert(await api.takeAlert(alertId));
  } finally {
    underWay.delete(alertId);
  }
}

/** Takes it; once, however many ask for it meanwhile. Rejects where it is refused: somebody else was faster. */
export function take(alertId: string): Promise<void> {
  const already = underWay.get(alertId);
  if (already) return already;
  const taking = request(alertId);
  underWay.set(alertId, taking);
  return taking;
}

/** Resolves once it is taken; nobody having it yet, takes it. Rejects where that is refused: then there is nothing to decide. */
export async function taken(alertId: string): Promise<void> {
  await underWay.get(alertId);
  if (feed.value.alerts.get(alertId)?.state === "new") await take(alertId);
}
