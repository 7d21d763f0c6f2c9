/** Whether a dispatch reached its agency: by which channel it did not, by which it did, and what is left to do where none worked. */
import { useEffect, useRef } from "preact/hooks";
import { sheetUrl } from "../api/endpoints";
import type { Dispatch } from "../api/types";
import { t } from "../locale";
import { agencyName } from "../state/agencies";
import { melody, play } from "../state/sound";
import { feed, nowMs } from "../state/store";
import { IconReceived, IconWarn } from "./icons";
import { warn } from "./notices";

/** What failed longer ago is no news to a page that was just loaded. */
const NEWS_MS = 120_000;

export function channelName(name: string): string {
  return name === "board" ? t("channel.board") : name;
}

/** `correo: HTTP 404` as people read it. */
function missedText(missed: readonly string[]): string {
  return missed.map((each) => {
    const [name = "", ...reason] = each.split(": ");
    return `${channelName(name)} (${reason.join(": ")})`;
  }).join(", ");
}

export function deliveryText(dispatch: Dispatch): string {
  const values = { missed: missedText(dispatch.missed), by: channelName(dispatch.delivered_by) };
  if (dispatch.delivery === "delivered") {
    if (dispatch.missed.length === 0) return t("delivery.delivered", values);
    const late = dispatch.missed.some((each) => each.startsWith(`${dispatch.delivered_by}: `));
    return t(late ? "delivery.late" : "delivery.instead", values);
  }
  return t(dispatch.delivery === "undelivered" ? "delivery.undelivered" : "delivery.missed", values);
}

export function undelivered(dispatch: Dispatch): boolean {
  return dispatch.state === "sent" && dispatch.delivery === "undelivered";
}

export function DeliveryLine({ dispatch }: { dispatch: Dispatch }) {
  if (dispatch.delivery === "") return null;
  const bad = dispatch.state === "sent" && dispatch.delivery !== "delivered";
  return (
    <>
      <p class={bad ? "late" : "delivery"} role={bad ? "alert" : undefined}>{bad ? <IconWarn /> : <IconReceived />}{deliveryText(dispatch)}</p>
      {bad && <div class="row"><a class="button is-small" href={sheetUrl(dispatch.incident_id, dispatch.dispatch_id)} target="_blank" rel="noopener">{t("delivery.sheet")}</a></div>}
    </>
  );
}

/** Says once of each dispatch that a channel failed it, and over every page of the desk, as long as nobody answers, that all of them did. */
export function DeliveryFaults() {
  const known = useRef(new Map<string, string>());
  const sent = [...feed.value.incidents.values()].flatMap((incident) => incident.dispatches).filter((d) => d.state === "sent");
  const now = sent.map((d) => `${d.dispatch_id}${d.delivery}${d.missed.length}`).join(" ");
  useEffect(() => {
    for (const dispatch of sent) {
      const before = known.current.get(dispatch.dispatch_id);
      const text = dispatch.missed.length > 0 ? deliveryText(dispatch) : "";
      known.current.set(dispatch.dispatch_id, text);
      if (text === "" || text === before) continue;
      if (undelivered(dispatch)) play(melody(1));
      else if (nowMs.peek() - dispatch.created_wall_ms < NEWS_MS) warn(`${dispatch.incident_number} · ${agencyName(dispatch.agency)}: ${text}`);
    }
  }, [now]);
  const lost = sent.filter(undelivered);
  if (lost.length === 0) return null;
  const names = lost.map((d) => `${d.incident_number} ${agencyName(d.agency)}`).join(", ");
  return <div class="escalation-band" role="alert"><IconWarn /><strong>{t("delivery.band", { names })}</strong></div>;
}
