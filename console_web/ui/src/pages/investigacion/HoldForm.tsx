/** Keep a stretch of the chosen cameras as evidence. */
import { useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { feed } from "../../state/store";
import { clock, date, instantOf, isoOfWritten } from "../../time";
import { Dialog } from "../../ui/Dialog";
import { CameraNumber } from "../../ui/marks";
import { say, useAction } from "../../ui/notices";
import { chosen, marked, positionMs } from "./state";

const AROUND_MS = 5 * 60_000;
const YEAR_MS = 365 * 86_400_000;

interface Moment {
  day: string;
  time: string;
}

function momentOf(wallMs: number): Moment {
  return { day: date(wallMs), time: clock(wallMs) };
}

function instant(moment: Moment): number | null {
  const day = isoOfWritten(moment.day);
  return day === null ? null : instantOf(day, moment.time);
}

function MomentField({ label, value, onChange, first }: { label: string; value: Moment; onChange: (next: Moment) => void; first?: boolean }) {
  return (
    <div class="field"><label>{label}</label>
      <span class="row">
        <input class="num" required autofocus={first} aria-label={`${label}: ${t("picker.day")}`} aria-invalid={isoOfWritten(value.day) === null} placeholder="23/11/2026" value={value.day} onInput={(e) => onChange({ ...value, day: e.currentTarget.value })} />
        <input class="num" required aria-label={`${label}: ${t("picker.time")}`} pattern="\d{1,2}:\d{2}(:\d{2})?" placeholder="23:04:09" value={value.time} onInput={(e) => onChange({ ...value, time: e.currentTarget.value })} />
      </span>
    </div>
  );
}

export function HoldForm({ onClose }: { onClose: () => void }) {
  const at = positionMs.peek() ?? serverNowMs() - AROUND_MS;
  const [from, setFrom] = useState(momentOf(marked.peek().fromMs ?? at - AROUND_MS));
  const [to, setTo] = useState(momentOf(marked.peek().toMs ?? Math.min(serverNowMs(), at + AROUND_MS)));
  const [reason, setReason] = useState("");
  const [authority, setAuthority] = useState("");
  const [until, setUntil] = useState(date(serverNowMs() + YEAR_MS));
  const [fault, setFault] = useState("");
  const { busy, run } = useAction();
  const cameras = chosen.value.flatMap((id) => feed.value.cameras.get(id) ?? []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const [fromMs, toMs] = [instant(from), instant(to)];
    const day = until.trim() === "" ? null : isoOfWritten(until);
    if (fromMs === null || toMs === null || toMs <= fromMs) return setFault(t("hold.stretch.bad"));
    if (until.trim() !== "" && day === null) return setFault(t("picker.day.bad"));
    setFault("");
    const body = {
      camera_ids: cameras.map((camera) => camera.camera_id), from_wall_ms: fromMs, to_wall_ms: toMs, reason, authority,
      expires_wall_ms: day === null ? null : instantOf(day, "23:59"),
    };
    void run(() => api.placeHold(body)).then((done) => {
      if (!done) return;
      say(t("hold.placed", { count: cameras.length, day: date(fromMs) }));
      onClose();
    });
  };
  return (
    <Dialog title={t("hold.place.title")} onClose={onClose} wide>
      <form class="form" onSubmit={submit}>
        <p class="hold-cameras">{cameras.map((camera) => <span key={camera.camera_id}><CameraNumber number={camera.number} />{camera.name}</span>)}</p>
        <div class="row hold-moments"><MomentField label={t("hold.from")} value={from} onChange={setFrom} first /><MomentField label={t("hold.to")} value={to} onChange={setTo} /></div>
        <label class="field">{t("hold.why")}<textarea required minLength={10} maxLength={2000} rows={3} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></label>
        <label class="field">{t("hold.authority")}<input maxLength={120} placeholder={t("hold.authority.example")} value={authority} onInput={(e) => setAuthority(e.currentTarget.value)} /></label>
        <label class="field">{t("hold.until")}<input class="num" value={until} onInput={(e) => setUntil(e.currentTarget.value)} /><small>{t("hold.until.hint")}</small></label>
        {fault && <p class="field-error" role="alert">{fault}</p>}
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || cameras.length === 0}>{t("hold.place.do")}</button>
          <button type="button" class="button" onClick={onClose}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
