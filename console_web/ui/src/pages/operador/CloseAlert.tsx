/** Closing an alert without an incident: why, and a note. */
import { useState } from "preact/hooks";
import type { CloseOutcome } from "../../api/types";
import { t } from "../../locale";
import { Dialog } from "../../ui/Dialog";
import { Kbd } from "../../ui/marks";

const OUTCOMES: readonly CloseOutcome[] = ["false_alarm", "no_action", "duplicate"];

interface Props {
  busy: boolean;
  onClose: (outcome: CloseOutcome, note: string) => void;
  onCancel: () => void;
}

export function CloseAlert({ busy, onClose, onCancel }: Props) {
  const [outcome, setOutcome] = useState<CloseOutcome>("false_alarm");
  const [note, setNote] = useState("");
  return (
    <Dialog title={t("close.title")} onClose={onCancel}>
      <form class="form" onSubmit={(e) => { e.preventDefault(); onClose(outcome, note.trim()); }}>
        <div class="choices is-column" role="radiogroup" aria-label={t("close.why")}>
          {OUTCOMES.map((o, i) => (
            <label key={o} class={o === outcome ? "choice is-on" : "choice"}>
              <input type="radio" name="outcome" autofocus={i === 0} checked={o === outcome} onChange={() => setOutcome(o)} />
              <span><strong>{t(`outcome.${o}`)}</strong><small>{t(`outcome.${o}.hint`)}</small></span>
            </label>
          ))}
        </div>
        <label class="field">{t("form.note")}
          <textarea rows={2} maxLength={1000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy}>{t("close.confirm")}<Kbd>Enter</Kbd></button>
          <button type="button" class="button" onClick={onCancel}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}
