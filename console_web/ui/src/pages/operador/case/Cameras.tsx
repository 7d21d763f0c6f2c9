/** The cameras of an incident: which one is looked at, and which are added or taken off. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Incident, ProposedCamera } from "../../../api/types";
import { t } from "../../../locale";
import { camerasByNumber, putIncident } from "../../../state/store";
import { Dialog } from "../../../ui/Dialog";
import { CameraNumber } from "../../../ui/marks";
import { say, sayError, useAction } from "../../../ui/notices";
import { Reason } from "./Reason";
import { caseCamera, furtherShown, incidentDialog } from "./shown";

function Row({ number, place, on, hint, onShow, onRemove }: { number: number; place: string; on: boolean; hint: string; onShow: () => void; onRemove: (() => void) | null }) {
  return (
    <li class={on ? "case-row is-on" : "case-row"}>
      <button type="button" class="case-row-main" aria-pressed={on} onClick={onShow} title={hint}>
        <CameraNumber number={number} /><span>{place}{hint && <small>{hint}</small>}</span>
      </button>
      {onRemove && <button type="button" class="button is-small" aria-label={t("case.camera.remove", { number })} onClick={onRemove}>{t("case.remove")}</button>}
    </li>
  );
}

export function Cameras({ incident, acts }: { incident: Incident; acts: boolean }) {
  const [leaving, setLeaving] = useState<string | null>(null);
  const { busy, run } = useAction();
  const shown = furtherShown(incident);
  const remove = (reason: string): void => {
    if (leaving === null) return;
    void run(async () => {
      putIncident(await api.removeIncidentCamera(incident.incident_id, leaving, reason));
      setLeaving(null);
    });
  };
  return (
    <>
      <h3 class="sub-title">{t("case.cameras")}
        {acts && <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "camera"; }}>{t("case.camera.add")}</button>}
      </h3>
      <ul class="case-list">
        <Row number={incident.camera_number} place={incident.place} on={shown === null} hint="" onRemove={null} onShow={() => { caseCamera.value = null; }} />
        {incident.further_cameras.map((c) => (
          <Row key={c.camera_id} number={c.camera_number} place={c.place} on={shown?.camera_id === c.camera_id} hint={c.reason} onRemove={acts ? () => setLeaving(c.camera_id) : null}
            onShow={() => { caseCamera.value = { incidentId: incident.incident_id, cameraId: c.camera_id }; }} />
        ))}
      </ul>
      {leaving !== null && <Reason key={leaving} label={t("case.camera.remove.why")} action={t("case.remove")} busy={busy} onSend={remove} onCancel={() => setLeaving(null)} />}
    </>
  );
}

export function AddCamera({ incident }: { incident: Incident }) {
  const [near, setNear] = useState<ProposedCamera[]>([]);
  const [camera, setCamera] = useState("");
  const [reason, setReason] = useState("");
  const { busy, run } = useAction();
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  useEffect(() => {
    let current = true;
    api.proposedCameras(incident.incident_id).then((items) => { if (current) setNear(items); }, sayError);
    return () => {
      current = false;
    };
  }, [incident.incident_id]);
  const has = new Set([incident.camera_id, ...incident.further_cameras.map((c) => c.camera_id)]);
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putIncident(await api.addIncidentCamera(incident.incident_id, camera, reason.trim()));
      caseCamera.value = { incidentId: incident.incident_id, cameraId: camera };
      say(t("case.camera.added"));
      cancel();
    });
  };
  return (
    <Dialog title={t("case.camera.title", { number: incident.number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        {near.length > 0 && (
          <div class="field">{t("case.camera.near")}
            <div class="call-near" role="radiogroup" aria-label={t("case.camera.near")}>
              {near.map((n) => (
                <label key={n.camera_id} class={n.camera_id === camera ? "choice is-on" : "choice"}>
                  <input type="radio" name="camera" checked={n.camera_id === camera} onChange={() => setCamera(n.camera_id)} />
                  <CameraNumber number={n.camera_number} /><span>{n.place}<small class="num">{t("case.camera.way", { seconds: n.way_s })}</small></span>
                </label>
              ))}
            </div>
          </div>
        )}
        <label class="field">{t("call.camera.any")}
          <select required value={camera} onChange={(e) => setCamera(e.currentTarget.value)}>
            <option value="" />
            {camerasByNumber.value.filter((c) => !has.has(c.camera_id)).map((c) => <option key={c.camera_id} value={c.camera_id}>{c.number} · {c.name}</option>)}
          </select>
        </label>
        <label class="field">{t("case.camera.why")}<input required maxLength={1000} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></label>
        <p class="hint">{t("case.camera.held")}</p>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !camera || !reason.trim()}>{t("save")}</button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
