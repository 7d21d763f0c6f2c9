/** A further call about an incident that there is already. */
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { CallOrigin, Incident } from "../../../api/types";
import { t } from "../../../locale";
import { putIncident } from "../../../state/store";
import { Dialog } from "../../../ui/Dialog";
import { say, useAction } from "../../../ui/notices";
import { ORIGINS } from "../CitizenCall";
import { newKey } from "../draft";
import { incidentDialog } from "./shown";

export function FurtherCall({ incident }: { incident: Incident }) {
  const [origin, setOrigin] = useState<CallOrigin>("own");
  const [text, setText] = useState({ caller: "", phone: "", place: incident.address || incident.place, told: "" });
  const [idempotency_key] = useState(newKey);
  const { busy, run } = useAction();
  const set = (name: keyof typeof text) => (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => {
    setText({ ...text, [name]: event.currentTarget.value });
  };
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putIncident(await api.addCall(incident.incident_id, { origin, caller: text.caller.trim(), phone: text.phone.trim(), place: text.place.trim(), told: text.told.trim(), sector: "", location: null, idempotency_key }));
      say(t("case.call.done", { number: incident.number }));
      cancel();
    });
  };
  return (
    <Dialog title={t("case.call.title", { number: incident.number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        <div class="field">{t("call.origin")}
          <div class="choices is-wrap" role="radiogroup" aria-label={t("call.origin")}>
            {ORIGINS.map((o) => (
              <label key={o} class={o === origin ? "choice is-on" : "choice"}><input type="radio" name="origin" checked={o === origin} onChange={() => setOrigin(o)} />{t(`call.origin.${o}`)}</label>
            ))}
          </div>
        </div>
        <label class="field">{t("call.told")}<textarea autofocus rows={3} maxLength={1000} value={text.told} onInput={set("told")} /></label>
        <label class="field">{t("call.place")}<input required maxLength={200} value={text.place} onInput={set("place")} /></label>
        <div class="call-pair">
          <label class="field">{t("call.caller")}<input maxLength={80} value={text.caller} onInput={set("caller")} /></label>
          <label class="field">{t("call.phone")}<input class="num" maxLength={24} inputMode="tel" pattern="[0-9+ ()#*\-]*" value={text.phone} onInput={set("phone")} /></label>
        </div>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !text.place.trim()}>{t("save")}</button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
