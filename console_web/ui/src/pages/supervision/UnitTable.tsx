/** The units of all agencies: state, seconds in it, and the dispatch that each attends. */
import { useState } from "preact/hooks";
import type { Unit } from "../../api/types";
import { t } from "../../locale";
import { agencyName } from "../../state/agencies";
import { feed } from "../../state/store";
import { elapsed } from "../../time";
import { IconWarn } from "../../ui/icons";
import { AgencyMark } from "../../ui/marks";
import { UnitDialog, UnitForm, unitTime } from "../../ui/UnitDialogs";

function attends(unit: Unit): string {
  if (unit.dispatch_id === null) return "";
  const sent = [...feed.value.incidents.values()].flatMap((incident) => incident.dispatches).find((d) => d.dispatch_id === unit.dispatch_id);
  return sent ? `${sent.incident_number} · ${sent.type_name}` : "";
}

export function UnitTable() {
  const [open, setOpen] = useState<string | null>(null);
  const [editing, setEditing] = useState<Unit | null>(null);
  const units = [...feed.value.units.values()].sort((a, b) => agencyName(a.agency).localeCompare(agencyName(b.agency)) || a.call_sign.localeCompare(b.call_sign));
  const shown = open === null ? undefined : feed.value.units.get(open);
  return (
    <section class="panel table-panel" aria-label={t("units.title")}>
      <h2 class="panel-title">{t("units.title")}<span class="badge num">{units.length}</span></h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("units.call_sign")}</th><th>{t("performance.by.agency")}</th><th>{t("units.state")}</th><th>{t("units.since")}</th><th>{t("units.attends")}</th><th>{t("units.crew")}</th><th>{t("units.sector")}</th></tr></thead>
          <tbody>
            {units.map((unit) => {
              const { in_ms, late } = unitTime(unit);
              return (
                <tr key={unit.unit_id} class={late ? "is-bad" : ""}>
                  <td><button type="button" class="button is-small" onClick={() => setOpen(unit.unit_id)}>{unit.call_sign}</button><small>{[t(`unit.kind.${unit.kind}`), unit.plate].filter(Boolean).join(" · ")}</small></td>
                  <td><AgencyMark agency={unit.agency} /></td>
                  <td>{t(`unit.${unit.state}`)}{unit.state_note && <small>{unit.state_note}</small>}</td>
                  <td class="num">{late && <><IconWarn />{" "}</>}{elapsed(in_ms)}</td>
                  <td class="num">{attends(unit)}</td>
                  <td class="cell-detail">{unit.crew}</td>
                  <td class="cell-detail">{unit.sector}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {units.length === 0 && <p class="empty">{t("units.none")}</p>}
      </div>
      {shown && <UnitDialog unit={shown} chosen={null} onEdit={() => { setEditing(shown); setOpen(null); }} onClose={() => setOpen(null)} />}
      {editing && <UnitForm agency={editing.agency} unit={editing} onClose={() => setEditing(null)} />}
    </section>
  );
}
