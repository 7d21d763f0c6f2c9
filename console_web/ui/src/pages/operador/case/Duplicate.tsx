/** Two incidents about the same thing: one is linked to the other, which is gone on with. Nothing is merged. */
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Incident } from "../../../api/types";
import { t } from "../../../locale";
import { openIncidents, putIncident } from "../../../state/store";
import { Dialog } from "../../../ui/Dialog";
import { say, useAction } from "../../../ui/notices";
import { selectIncident } from "../selection";
import { incidentDialog } from "./shown";

export function Links({ incident }: { incident: Incident }) {
  const link = (other: { incident_id: string; number: string }) => (
    <button key={other.incident_id} type="button" class="button is-small num" onClick={() => selectIncident(other.incident_id)}>{other.number}</button>
  );
  return (
    <>
      {incident.duplicate_of && <p class="case-links">{t("case.duplicate.of")} {link(incident.duplicate_of)}</p>}
      {incident.duplicates.length > 0 && <p class="case-links">{t("case.duplicates")} {incident.duplicates.map(link)}</p>}
    </>
  );
}

export function Duplicate({ incident }: { incident: Incident }) {
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const { busy, run } = useAction();
  const linked = incident.duplicate_of;
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putIncident(await api.linkDuplicate(incident.incident_id, linked ? null : number.trim(), reason.trim()));
      say(t(linked ? "case.duplicate.undone" : "case.duplicate.done"));
      cancel();
    });
  };
  const others = openIncidents.value.filter((other) => other.incident_id !== incident.incident_id && other.duplicate_of === null);
  return (
    <Dialog title={t("case.duplicate.title", { number: incident.number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        <p class="hint">{linked ? t("case.duplicate.undo", { number: linked.number }) : t("case.duplicate.hint")}</p>
        {!linked && (
          <label class="field">{t("case.duplicate.number")}
            <input autofocus required class="num" list="open-incidents" placeholder="N-2026-000123" maxLength={24} value={number} onInput={(e) => setNumber(e.currentTarget.value)} />
            <datalist id="open-incidents">
              {others.map((other) => <option key={other.incident_id} value={other.number}>{`${other.type_name} · ${other.place}`}</option>)}
            </datalist>
          </label>
        )}
        <label class="field">{t(linked || incident.state === "closed" ? "case.reason.needed" : "case.reason")}
          <input required={linked !== null || incident.state === "closed"} maxLength={1000} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || (linked === null && !number.trim())}>{t(linked ? "case.duplicate.unlink" : "case.duplicate.link")}</button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
