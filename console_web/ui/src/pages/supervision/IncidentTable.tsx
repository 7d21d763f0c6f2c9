import { parteUrl } from "../../api/endpoints";
import { t } from "../../locale";
import { nowMs, openIncidents } from "../../state/store";
import { elapsed } from "../../time";
import { AgencyMark, CameraNumber, PriorityMark, StepMark } from "../../ui/marks";

/** Open incidents and how far each agency is. */
export function IncidentTable() {
  const incidents = openIncidents.value;
  return (
    <section class="panel table-panel" aria-label={t("incidents.title")}>
      <h2 class="panel-title">{t("incidents.title")}<span class="badge num">{incidents.length}</span></h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.number")}</th><th>{t("form.priority")}</th><th>{t("table.camera")}</th><th>{t("form.type")}</th><th>{t("alert.age")}</th><th>{t("table.dispatches")}</th></tr></thead>
          <tbody>
            {incidents.map((i) => (
              <tr key={i.incident_id}>
                <td class="num"><a href={parteUrl(i.incident_id)} target="_blank" rel="noopener" title={t("incident.parte")}>{i.number}</a><small>{i.created_by}</small></td>
                <td><PriorityMark priority={i.priority} /></td>
                <td><CameraNumber number={i.camera_number} /></td>
                <td>{i.type_name}<small>{i.place}</small></td>
                <td class="num">{elapsed(nowMs.value - i.created_wall_ms)}</td>
                <td>{i.dispatches.map((d) => <span key={d.dispatch_id} class="incident-row-step"><AgencyMark agency={d.agency} /><StepMark state={d.state} /></span>)}
                  {i.dispatches.length === 0 && t("incident.undispatched")}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {incidents.length === 0 && <p class="empty">{t("incidents.empty")}</p>}
      </div>
    </section>
  );
}
