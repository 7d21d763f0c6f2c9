/** "Es verdad": what kind of occurrence an alert is. Opens its incident, sends nobody yet. */
import { useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Alert } from "../../api/types";
import { t } from "../../locale";
import { putIncident } from "../../state/store";
import { Dialog } from "../../ui/Dialog";
import { AlertNumber, placeText } from "../../ui/AlertPlace";
import { Kbd } from "../../ui/marks";
import { say, useAction } from "../../ui/notices";
import { PriorityChoice } from "../../ui/PriorityChoice";
import { TypePicker } from "../../ui/TypePicker";
import { useOccurrences } from "../../ui/useOccurrences";
import { selectIncident } from "./selection";
import { taken } from "./taking";

export function VerifyAlert({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const types = useOccurrences();
  const [type, setType] = useState("");
  const [priority, setPriority] = useState(alert.priority);
  const [note, setNote] = useState("");
  const { busy, run } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!type) return;
    void run(async () => {
      await taken(alert.alert_id);
      const incident = await api.verifyAlert(alert.alert_id, { type_code: type, priority, note: note.trim() });
      putIncident(incident);
      onClose();
      selectIncident(incident.incident_id);
      say(t("saw.done", { number: incident.number }));
    });
  };
  return (
    <Dialog title={t("verify.title")} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p class="row"><AlertNumber alert={alert} /><strong>{placeText(alert)}</strong></p>
        <div class="field">{t("form.type")}
          <TypePicker types={types} value={type} autofocus onChange={(chosen) => { setType(chosen.code); setPriority(chosen.priority); }} />
        </div>
        <div class="field">{t("form.priority")}<PriorityChoice value={priority} onChange={setPriority} /></div>
        <label class="field">{t("form.note")}<textarea rows={2} maxLength={1000} value={note} onInput={(e) => setNote(e.currentTarget.value)} /></label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !type}>{t("saw.open")}<Kbd>Enter</Kbd></button>
          <button type="button" class="button" onClick={onClose}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}
