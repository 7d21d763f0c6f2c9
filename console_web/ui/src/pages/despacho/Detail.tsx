/** The chosen dispatch: next steps, picture, recorded clip, live view, note and time line. */
import { useState } from "preact/hooks";
import { incidentPlaylistUrl, incidentSnapshotUrl } from "../../api/endpoints";
import type { Dispatch, DispatchState } from "../../api/types";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { toneOf } from "../../state/agencies";
import { COLUMNS, nextStep } from "../../state/board";
import { nowMs } from "../../state/store";
import { clock, elapsed } from "../../time";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { CameraNumber, Kbd, PriorityMark, StepIcon, StepMark } from "../../ui/marks";
import { Snapshot } from "../../ui/Snapshot";
import { Timeline } from "../../ui/Timeline";
import { useIncident } from "../../ui/useIncident";
import { ClipPlayer } from "../../video/ClipPlayer";
import { LiveVideo } from "../../video/LiveVideo";
import { Persons } from "./Persons";
import { closingDispatch, stepNote } from "./selection";

export const STEP_KEYS: Record<Exclude<DispatchState, "sent">, string> = { received: "R", en_route: "E", on_scene: "L", closed: "C" };

const BEFORE_MS = 10_000;
type View = "clip" | "live" | "snapshot";
const VIEWS: readonly View[] = ["clip", "live", "snapshot"];

function Picture({ dispatch }: { dispatch: Dispatch }) {
  const [view, setView] = useState<View>("clip");
  const [at, setAt] = useState(() => serverNowMs());
  return (
    <div class="detail-picture">
      <div class="tabs" role="tablist">
        {VIEWS.map((v) => <button key={v} type="button" role="tab" aria-selected={v === view} onClick={() => setView(v)}>{t(`detail.${v}`)}</button>)}
      </div>
      <ErrorBoundary panel={t(`detail.${view}`)} key={view}>
        {view === "clip" && (
          <ClipPlayer url={`${incidentPlaylistUrl(dispatch.incident_id)}?at=${at}`} startMs={dispatch.occurred_wall_ms - BEFORE_MS} label={t("detail.clip")}
            onRetry={() => setAt(serverNowMs())} />
        )}
        {view === "live" && <LiveVideo cameraId={dispatch.camera_id} upgrade />}
        {view === "snapshot" && <Snapshot large src={dispatch.has_snapshot ? incidentSnapshotUrl(dispatch.incident_id) : null} alt={dispatch.place} />}
      </ErrorBoundary>
    </div>
  );
}

export function Detail({ dispatch, advance }: { dispatch: Dispatch; advance: (to: DispatchState) => void }) {
  const incident = useIncident(dispatch.incident_id);
  const now = nowMs.value;
  const following = nextStep(dispatch.state);
  const later = COLUMNS.slice(COLUMNS.indexOf(dispatch.state) + 1) as Exclude<DispatchState, "sent">[];
  return (
    <section class="panel detail" aria-label={dispatch.incident_number}>
      <header class="detail-head">
        <h2 class="num">{dispatch.incident_number}</h2>
        <PriorityMark priority={dispatch.priority} />
        <StepMark state={dispatch.state} />
        <strong class="num detail-elapsed">{elapsed((dispatch.times.closed ?? now) - dispatch.created_wall_ms)}</strong>
      </header>
      <p class="detail-type">{dispatch.type_name}</p>
      <p class="facts-place"><CameraNumber number={dispatch.camera_number} /> {dispatch.place}</p>
      {dispatch.note && <p class="dispatch-note is-large">“{dispatch.note}”</p>}
      {dispatch.incident_address && <p class="dispatch-note">{t("case.field.address")}: {dispatch.incident_address}</p>}
      {dispatch.incident_note && dispatch.incident_note !== dispatch.note && <p class="dispatch-note">{t("detail.incident.note")}: “{dispatch.incident_note}”</p>}
      <p class="hint">{t("detail.sent", { who: dispatch.created_by, at: clock(dispatch.created_wall_ms) })}</p>
      {dispatch.state !== "closed" && (
        <label class="field"><span>{t("detail.note")} <Kbd>N</Kbd></span>
          <input id="step-note" maxLength={1000} placeholder={t("detail.note.hint")} value={stepNote.value} onInput={(e) => { stepNote.value = e.currentTarget.value; }}
            onKeyDown={(e) => { if (e.key === "Escape") e.currentTarget.blur(); }} />
        </label>
      )}
      {dispatch.state !== "closed" && (
        <div class="actions is-grid">
          {later.map((state) => (
            <button key={state} type="button" class={state === following ? `button is-agency-${toneOf(dispatch.agency)} is-big is-wide` : "button"}
              onClick={() => (state === "closed" ? (closingDispatch.value = true) : advance(state))}>
              <StepIcon state={state} />{t(`step.${state}`)}<Kbd>{STEP_KEYS[state]}</Kbd>
            </button>
          ))}
        </div>
      )}
      <Picture key={dispatch.incident_id} dispatch={dispatch} />
      <Persons key={`persons-${dispatch.incident_id}`} incidentId={dispatch.incident_id} />
      <h3 class="sub-title">{t("timeline.title")}</h3>
      <Timeline entries={incident?.timeline ?? []} />
    </section>
  );
}
