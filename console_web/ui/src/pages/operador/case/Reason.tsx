/** Why something is corrected: asked for in place, by what is about to be done. */
import { useState } from "preact/hooks";
import { t } from "../../../locale";
import { Kbd } from "../../../ui/marks";

interface Props {
  label: string;
  action: string;
  busy: boolean;
  onSend: (reason: string) => void;
  onCancel: () => void;
}

export function Reason({ label, action, busy, onSend, onCancel }: Props) {
  const [reason, setReason] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
    if (reason.trim()) onSend(reason.trim());
  };
  return (
    <form class="form case-reason" onSubmit={send}>
      <label class="field">{label}<input autofocus required maxLength={1000} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></label>
      <div class="row">
        <button type="submit" class="button is-small is-primary" disabled={busy || !reason.trim()}>{action}</button>
        <button type="button" class="button is-small" onClick={onCancel}>{t("cancel")}<Kbd>Esc</Kbd></button>
      </div>
    </form>
  );
}
