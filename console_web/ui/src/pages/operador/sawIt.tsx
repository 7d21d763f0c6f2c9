/** "Lo vi yo": the operator saw something himself and opens an incident by hand. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { feed, putIncident } from "../../state/store";
import { clock, dateClock } from "../../time";
import { Dialog } from "../../ui/Dialog";
import { CameraNumber } from "../../ui/marks";
import { say, useAction } from "../../ui/notices";
import { PriorityChoice } from "../../ui/PriorityChoice";
import { TypePicker } from "../../ui/TypePicker";
import { useOccurrences } from "../../ui/useOccurrences";
import { newKey } from "./draft";
import { selectIncident } from "./selection";

const asked = signal<{ cameraId: string; occurredMs: number } | null>(null);

/** The moment is the key press, not the end of the form; of a recording the moment that is shown. */
export function sawIt(cameraId: string, occurredMs = serverNowMs()): void {
  asked.value = { cameraId, occurredMs };
}

function Form({ cameraId, occurredMs }: { cameraId: string; occurredMs: number }) {
  const types = useOccurrences();
  const [type, setType] = useState("");
  const [priority, setPriority] = useState(2);
  const [note, setNote] = useState("");
  const [idempotency_key] = useState(newKey);
  const { busy, run } = useAction();
  const camera = feed.value.cameras.get(cameraId);
  const close = (): void => {
    asked.value = null;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!type) return;
    void run(async () => {
      const incident = await api.openByHand({ camera_id: cameraId, occurred_wall_ms: occurredMs, type_code: type, priority, note: note.trim(), idempotency_key });
      putIncident(incident);
      selectIncident(incident.incident_id);
      say(t("saw.done", { number: incident.number }));
      close();
    });
  };
  return (
    <Dialog title={t("saw.title")} onClose={close}>
      <form class="form" onSubmit={submit}>
        <p class="row">{camera && <CameraNumber number={camera.number} />}<strong>{camera?.name ?? cameraId}</strong><span class="num">{serverNowMs() - occurredMs > 60_000 ? dateClock(occurredMs) : clock(occurredMs)}</span></p>
        <div class="field">{t("form.type")}
          <TypePicker types={types} value={type} autofocus onChange={(chosen) => { setType(chosen.code); setPriority(chosen.priority); }} />
        </div>
        <div class="field">{t("form.priority")}<PriorityChoice value={priority} onChange={setPriority} /></div>
        <label class="field">{t("form.note")}
          <textarea rows={3} maxLength={1000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !type}>{t("saw.open")}</button>
          <button type="button" class="button" onClick={close}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function SawIt() {
  const question = asked.value;
  return question && <Form key={question.occurredMs} {...question} />;
}
