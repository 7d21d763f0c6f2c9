/** Closes a dispatch: its result first, then words to it. */
import { useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Closing, Dispatch } from "../api/types";
import { t } from "../locale";
import { putDispatch } from "../state/store";
import { Dialog } from "./Dialog";
import { Kbd } from "./marks";
import { useAction } from "./notices";
import { complete, ORDINARY, ResultFields } from "./ResultFields";

export function CloseDispatch({ dispatch, note = "", onClose, onDone }: { dispatch: Dispatch; note?: string; onClose: () => void; onDone: () => void }) {
  const [text, setText] = useState(note);
  const [closing, setClosing] = useState<Closing>(ORDINARY);
  const { busy, run } = useAction();
  const ready = text.trim() !== "" && complete(closing);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!ready) return;
    void run(async () => {
      putDispatch(await api.advanceDispatch(dispatch.dispatch_id, "closed", text.trim(), closing));
      onDone();
    });
  };
  return (
    <Dialog title={t("close.dispatch.title", { number: dispatch.incident_number })} onClose={onClose} wide>
      <form class="form" onSubmit={submit} onKeyDown={(e) => { if (e.key === "Enter" && e.ctrlKey) submit(e); }}>
        <ResultFields value={closing} onChange={setClosing} />
        <label class="field">{t("close.dispatch.words")}
          <textarea rows={4} maxLength={1000} autofocus required value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !ready}>{t("close.dispatch.confirm")}<Kbd>Ctrl Enter</Kbd></button>
          <button type="button" class="button" onClick={onClose}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}
