/** Open incidents below the queue, each with how far its dispatches are. */
import type { Incident } from "../../api/types";
import { t } from "../../locale";
import { nowMs, openIncidents } from "../../state/store";
import { elapsed } from "../../time";
import { AgencyMark, CameraNumber, priorityClass, StepMark } from "../../ui/marks";
import { selectIncident, selection } from "./selection";

function Row({ incident, selected }: { incident: Incident; selected: boolean }) {
  return (
    <li>
      <button type="button" aria-pressed={selected} class={`incident-row ${priorityClass(incident.priority)} ${selected ? "is-selected" : ""}`}
        onClick={() => selectIncident(incident.incident_id)}>
        <span class="incident-row-top">
          <CameraNumber number={incident.camera_number} />
          <strong>{incident.type_name}</strong>
          <span class="num">{elapsed(nowMs.value - incident.created_wall_ms)}</span>
        </span>
        <span class="incident-row-steps">
          <small class="num">{incident.number}</small>
          {incident.dispatches.map((d) => (
            <span key={d.dispatch_id} class="incident-row-step"><AgencyMark agency={d.agency} /><StepMark state={d.state} /></span>
          ))}
          {incident.dispatches.length === 0 && <span class="mark step-sent">{t("incident.undispatched")}</span>}
        </span>
      </button>
    </li>
  );
}

export function IncidentList() {
  const incidents = openIncidents.value;
  const chosen = selection.value;
  return (
    <section class="panel incidents" aria-label={t("incidents.title")}>
      <h2 class="panel-title">{t("incidents.title")}<span class="badge num">{incidents.length}</span></h2>
      {incidents.length === 0 && <p class="empty">{t("incidents.empty")}</p>}
      <ul class="incident-list">
        {incidents.map((i) => (
          <Row key={i.incident_id} incident={i} selected={chosen?.kind === "incident" && chosen.id === i.incident_id} />
        ))}
      </ul>
    </section>
  );
}
