/** Right column for an incident: its dispatches with their steps, the time line, notes, and closing it. */
import { useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Incident } from "../../api/types";
import { t } from "../../locale";
import { nowMs, putIncident, session } from "../../state/store";
import { clock, elapsed } from "../../time";
import { Dialog } from "../../ui/Dialog";
import { DispatchCard } from "../../ui/DispatchCard";
import { IconDone, IconNote, IconPnp, IconSerenazgo, IconWarn } from "../../ui/icons";
import { CameraNumber, Kbd, PriorityMark } from "../../ui/marks";
import { say, useAction, warn } from "../../ui/notices";
import { Timeline } from "../../ui/Timeline";
import { form } from "./AlertPanel";
import { Amend } from "./case/Amend";
import { AddCamera, Cameras } from "./case/Cameras";
import { Duplicate, Links } from "./case/Duplicate";
import { FurtherCall } from "./case/FurtherCall";
import { Persons } from "./case/Persons";
import { pendingSteps, Procedure } from "./case/Procedure";
import { incidentDialog } from "./case/shown";
import { Strike } from "./case/Strike";
import { DispatchForm } from "./DispatchForm";
import { FurtherAgencies } from "./FurtherAgencies";

function TextDialog({ incident, what }: { incident: Incident; what: "note" | "close" }) {
  const [text, setText] = useState("");
  const { busy, run } = useAction();
  const pending = what === "close" ? pendingSteps(incident) : [];
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      const note = text.trim();
      putIncident(what === "note" ? await api.addNote(incident.incident_id, note) : await api.closeIncident(incident.incident_id, note));
      say(t(what === "note" ? "note.done" : "incident.closed.done", { number: incident.number }));
      cancel();
    });
  };
  return (
    <Dialog title={t(what === "note" ? "note.title" : "incident.close.title", { number: incident.number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        {pending.length > 0 && (
          <div class="hint is-warn" role="status"><IconWarn />{t("case.pending")}
            <ul>{pending.map((step) => <li key={step.step}>{step.text}</li>)}</ul>
          </div>
        )}
        <label class="field">{t("form.note")}
          <textarea rows={4} maxLength={1000} autofocus required={what === "note"} value={text} onInput={(e) => setText(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === "Enter" && e.ctrlKey) submit(e); }} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || (what === "note" && !text.trim())}>{t("save")}<Kbd>Ctrl Enter</Kbd></button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}

/** By key: opens the question, or says why not yet. */
export function askToClose(incident: Incident): void {
  if (incident.state !== "open") return;
  if (incident.dispatches.some((d) => d.state !== "closed")) warn(t("incident.close.running"));
  else incidentDialog.value = "close";
}

function CaseDialogs({ incident, amends }: { incident: Incident; amends: boolean }) {
  const key = incident.incident_id;
  switch (incidentDialog.value) {
    case "note":
    case "close": return <TextDialog key={key} incident={incident} what={incidentDialog.value} />;
    case "amend": return <Amend key={key} incident={incident} acts={amends} />;
    case "persons": return <Persons key={key} incident={incident} acts={amends} />;
    case "call": return <FurtherCall key={key} incident={incident} />;
    case "duplicate": return <Duplicate key={key} incident={incident} />;
    case "strike": return <Strike key={key} incident={incident} />;
    case "camera": return <AddCamera key={key} incident={incident} />;
    case null: return null;
  }
}

export function IncidentPanel({ incident }: { incident: Incident }) {
  const role = session.value?.user.role;
  const desk = role === "operator" || role === "supervisor";
  const acts = desk && incident.state === "open";
  // What a closed case says is corrected by a supervisor alone.
  const amends = acts || role === "supervisor";
  const open = form.value?.targetId === incident.incident_id ? form.value : null;
  const running = incident.dispatches.some((d) => d.state !== "closed");
  const dispatch = (agency: string): void => {
    form.value = { targetId: incident.incident_id, agency };
  };
  return (
    <section class="panel todo" aria-label={t("incident.title", { number: incident.number })}>
      <h2 class="panel-title"><span class="num">{t("incident.title", { number: incident.number })}</span>
        {incident.state === "closed" && <span class="mark"><IconDone />{t("incident.closed")}</span>}
      </h2>
      <div class="todo-scroll">
        <div class="facts">
          <p class="facts-lead"><PriorityMark priority={incident.priority} /><strong>{incident.type_name}</strong></p>
          <p class="facts-place"><CameraNumber number={incident.camera_number} /> {incident.place}</p>
          <dl>
            <dt>{t("incident.occurred")}</dt><dd class="num">{clock(incident.occurred_wall_ms)}</dd>
            <dt>{t("incident.open")}</dt><dd class="num">{elapsed((incident.closed_wall_ms ?? nowMs.value) - incident.created_wall_ms)}</dd>
            <dt>{t("incident.by")}</dt><dd>{incident.created_by}</dd>
            {incident.address && <><dt>{t("case.field.address")}</dt><dd>{incident.address}</dd></>}
            {incident.note && <><dt>{t("form.note")}</dt><dd>{incident.note}</dd></>}
          </dl>
          <Links incident={incident} />
          <div class="row case-acts">
            <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "amend"; }}>{t(amends ? "case.amend" : "case.history")}
              {incident.version > 1 && <span class="badge num">{t("case.version", { version: incident.version })}</span>}
            </button>
            <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "persons"; }}>{t("case.persons")}</button>
            {desk && <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "call"; }}>{t("case.call.add")}</button>}
            {amends && <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "duplicate"; }}>{t("case.duplicate.button")}</button>}
            {role === "supervisor" && <button type="button" class="button is-small" onClick={() => { incidentDialog.value = "strike"; }}>{t("case.strike")}</button>}
          </div>
        </div>
        {incident.dispatches.map((d) => <DispatchCard key={d.dispatch_id} dispatch={d} acts={acts} />)}
        {open && (
          <DispatchForm key={open.agency} agency={open.agency} onCancel={() => { form.value = null; }}
            target={{ id: incident.incident_id, incident, cameraId: incident.camera_id, cameraNumber: incident.camera_number, place: incident.place, priority: incident.priority }}
            onSent={(next) => { form.value = null; putIncident(next); say(t("dispatch.sent.done", { number: next.number })); }} />
        )}
        {acts && !open && (
          <div class="actions is-grid">
            <button type="button" class="button is-agency-serenazgo" onClick={() => dispatch("serenazgo")}><IconSerenazgo />{t("action.serenazgo")}<Kbd>S</Kbd></button>
            <button type="button" class="button is-agency-pnp" onClick={() => dispatch("pnp")}><IconPnp />{t("action.pnp")}<Kbd>P</Kbd></button>
            <FurtherAgencies send={dispatch} />
            <button type="button" class="button" onClick={() => { incidentDialog.value = "note"; }}><IconNote />{t("note.add")}<Kbd>N</Kbd></button>
            <button type="button" class="button" disabled={running} onClick={() => { incidentDialog.value = "close"; }}>
              <IconDone />{t("incident.close")}<Kbd>F</Kbd>
            </button>
            {running && <p class="hint is-wide">{t("incident.close.running")}</p>}
          </div>
        )}
        <Procedure key={`steps ${incident.incident_id}`} incident={incident} acts={acts} />
        <Cameras key={`cameras ${incident.incident_id}`} incident={incident} acts={amends} />
        <h3 class="sub-title">{t("timeline.title")}
          <a class="button is-small" href={api.parteUrl(incident.incident_id)} target="_blank" rel="noopener">{t("incident.parte")}</a>
        </h3>
        <Timeline entries={incident.timeline} />
      </div>
      <CaseDialogs incident={incident} amends={amends} />
    </section>
  );
}
