/** The centre: the camera live, the seconds before, and the still with the box. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { alertSnapshotUrl, incidentCameraPlaylistUrl, incidentPlaylistUrl, incidentSnapshotUrl, playlistUrl } from "../../api/endpoints";
import type { Alert, Incident } from "../../api/types";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { feed } from "../../state/store";
import { clock } from "../../time";
import { AlertNumber, placeText } from "../../ui/AlertPlace";
import { CameraNumber, Kbd, PriorityMark } from "../../ui/marks";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { IconEye, IconMove, IconTerminal } from "../../ui/icons";
import { Snapshot } from "../../ui/Snapshot";
import { whatText } from "../../ui/source";
import { ClipPlayer } from "../../video/ClipPlayer";
import { LiveVideo } from "../../video/LiveVideo";
import { furtherShown } from "./case/shown";
import { moveCamera } from "./ptz/PtzPanel";
import { sawIt } from "./sawIt";
import { Heat, useWhy, WhyFacts } from "./Why";

/** Raised by the shortcut R: the clip starts again. */
export const replayCount = signal(0);

/** Turned by the shortcut Q: over the picture, what the detector saw. Stays as it is from alert to alert. */
export const whyOpen = signal(false);

const BEFORE_MS = 10_000;
const AFTER_MS = 20_000;

function alertClip(alert: Alert): string {
  const from = alert.started_wall_ms - BEFORE_MS;
  const end = alert.ongoing ? serverNowMs() : Math.min(serverNowMs(), alert.last_wall_ms + AFTER_MS);
  return playlistUrl(alert.camera_id, from, Math.max(end, from + 1000));
}

interface Subject {
  id: string;
  cameraId: string;
  number: number;
  place: string;
  priority: number;
  startedMs: number;
  clip: () => string;
  snapshot: string | null;
  box: Alert["box"] | null;
  /** Whose movement the picture shows; null where none is known. */
  alertId: string | null;
}

export function subjectOfAlert(alert: Alert): Subject {
  return {
    id: alert.alert_id, cameraId: alert.camera_id, number: alert.camera_number, place: alert.place, priority: alert.priority,
    startedMs: alert.started_wall_ms, clip: () => alertClip(alert),
    snapshot: alert.has_snapshot ? alertSnapshotUrl(alert.alert_id) : null, box: alert.box,
    alertId: alert.has_snapshot ? alert.alert_id : null,
  };
}

export function subjectOfIncident(incident: Incident): Subject {
  const further = furtherShown(incident);
  if (further) {
    return {
      id: `${incident.incident_id}/${further.camera_id}`, cameraId: further.camera_id, number: further.camera_number, place: further.place,
      priority: incident.priority, startedMs: incident.occurred_wall_ms,
      clip: () => `${incidentCameraPlaylistUrl(incident.incident_id, further.camera_id)}?at=${Math.floor(serverNowMs() / 1000)}`,
      snapshot: null, box: null, alertId: null,
    };
  }
  // Its picture is that of its first alert, which stays with the open ones until the incident is closed.
  const alert = feed.value.alerts.get(incident.alert_ids[0] ?? "");
  return {
    id: incident.incident_id, cameraId: incident.camera_id, number: incident.camera_number, place: incident.place,
    priority: incident.priority, startedMs: incident.occurred_wall_ms,
    // The address stays; the query makes the player load it again for what was recorded since.
    clip: () => `${incidentPlaylistUrl(incident.incident_id)}?at=${Math.floor(serverNowMs() / 1000)}`,
    snapshot: alert && !alert.has_snapshot ? null : incidentSnapshotUrl(incident.incident_id), box: alert?.box ?? null,
    alertId: alert?.has_snapshot ? alert.alert_id : null,
  };
}

function Before({ subject }: { subject: Subject }) {
  // The address is fixed when the alert is opened: were it to follow `last_wall_ms`, the clip would restart under the eyes.
  const [url, setUrl] = useState(subject.clip);
  const [shownMs, setShownMs] = useState<number | null>(null);
  return (
    <>
      <figcaption class="row">{t("stage.before")} <span class="num">{clock(subject.startedMs)}</span> <Kbd>R</Kbd>
        <button type="button" class="button is-small" disabled={shownMs === null} title={t("saw.recorded.hint")} onClick={() => { if (shownMs !== null) sawIt(subject.cameraId, shownMs); }}>
          <IconEye />{t("saw.recorded")}
        </button>
      </figcaption>
      <ClipPlayer url={url} startMs={subject.startedMs - BEFORE_MS} label={t("stage.before")} replay={replayCount.value} onMoment={setShownMs} onRetry={() => setUrl(nextUrl(subject, url))} />
    </>
  );
}

/** A new try must have a new address, else nothing happens within the same second. */
function nextUrl(subject: Subject, previous: string): string {
  const next = subject.clip();
  if (next !== previous) return next;
  return `${next.split("#")[0]}#${Date.now()}`;
}

/** The picture of the movement; with the detector's view over it, and its figures in a row of their own, once somebody asks why. */
function Movement({ subject }: { subject: Subject }) {
  const why = useWhy(subject.alertId, whyOpen.value);
  const shown = whyOpen.value && why !== null && why !== "none" ? why : null;
  return (
    <>
      <figure>
        <figcaption class="row">{t("stage.snapshot")}
          {subject.alertId && (
            <button type="button" class="button is-small" aria-pressed={whyOpen.value} disabled={whyOpen.value && why === "none"} onClick={() => { whyOpen.value = !whyOpen.value; }}>
              {t(whyOpen.value && why === "none" ? "why.none" : "why.button")}<Kbd>Q</Kbd>
            </button>
          )}
        </figcaption>
        <Snapshot large src={subject.snapshot} box={shown ? null : subject.box} alt={t("stage.snapshot.alt", { place: subject.place })} over={shown && <Heat why={shown} />} />
      </figure>
      {shown && <WhyFacts why={shown} />}
    </>
  );
}

/** Instead of the stage, for an alert that is about no one camera: no picture would belong to it. */
export function SystemStage({ alert }: { alert: Alert }) {
  return (
    <section class="panel stage" aria-label={t("stage.title")}>
      <header class="stage-head"><AlertNumber alert={alert} /><h2>{placeText(alert)}</h2><PriorityMark priority={alert.priority} /></header>
      <div class="stage-system"><IconTerminal /><strong>{whatText(alert)}</strong><p>{t("alert.system.hint")}</p></div>
    </section>
  );
}

export function Stage({ subject }: { subject: Subject }) {
  return (
    <section class="panel stage" aria-label={t("stage.title")}>
      <header class="stage-head">
        <CameraNumber number={subject.number} />
        <h2>{subject.place}</h2>
        <PriorityMark priority={subject.priority} />
        {feed.value.cameras.get(subject.cameraId)?.ptz && <button type="button" class="button" onClick={() => moveCamera(subject.cameraId)}><IconMove />{t("ptz.open")}<Kbd>G</Kbd></button>}
        <button type="button" class="button" onClick={() => sawIt(subject.cameraId)}><IconEye />{t("saw.button")}<Kbd>V</Kbd></button>
      </header>
      <div class="stage-live">
        <ErrorBoundary panel={t("stage.live")}><LiveVideo cameraId={subject.cameraId} upgrade /></ErrorBoundary>
      </div>
      <div class="stage-below">
        <figure>
          <ErrorBoundary panel={t("stage.before")}><Before key={subject.id} subject={subject} /></ErrorBoundary>
        </figure>
        <ErrorBoundary panel={t("stage.snapshot")}><Movement key={subject.id} subject={subject} /></ErrorBoundary>
      </div>
    </section>
  );
}
