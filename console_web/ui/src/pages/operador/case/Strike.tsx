/** Words that name somebody who need not stand in an incident: struck out of all that is written of it, for ever. */
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Incident } from "../../../api/types";
import { t } from "../../../locale";
import { putIncident } from "../../../state/store";
import { Dialog } from "../../../ui/Dialog";
import { say, useAction } from "../../../ui/notices";
import { incidentDialog } from "./shown";

export function Strike({ incident }: { incident: Incident }) {
  const [words, setWords] = useState("");
  const [reason, setReason] = useState("");
  const { busy, run } = useAction();
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putIncident(await api.strikeWords(incident.incident_id, words.trim(), reason.trim()));
      say(t("case.strike.done"));
      cancel();
    });
  };
  return (
    <Dialog title={t("case.strike.title", { number: incident.number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        <p class="hint">{t("case.strike.hint")}</p>
        <label class="field">{t("case.strike.words")}<input required autofocus maxLength={120} value={words} onInput={(e) => setWords(e.currentTarget.value)} /></label>
        <label class="field">{t("case.reason.needed")}<input required maxLength={1000} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !words.trim() || !reason.trim()}>{t("case.strike.do")}</button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
