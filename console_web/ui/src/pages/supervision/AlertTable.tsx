import * as api from "../../api/endpoints";
import { t } from "../../locale";
import { nowMs, openAlerts, putAlert } from "../../state/store";
import { clock, elapsed } from "../../time";
import { IconRelease } from "../../ui/icons";
import { AlertNumber, placeText } from "../../ui/AlertPlace";
import { AlertStateMark, PriorityMark } from "../../ui/marks";
import { whatText } from "../../ui/source";
import { say, useAction } from "../../ui/notices";

/** Open alerts with age and owner; the supervisor can give one back to the queue. */
export function AlertTable() {
  const { busy, run } = useAction();
  const alerts = openAlerts.value;
  const release = (alertId: string, name: string): void => {
    void run(async () => {
      putAlert(await api.releaseAlert(alertId));
      say(t("supervise.released", { name }));
    });
  };
  return (
    <section class="panel table-panel" aria-label={t("queue.title")}>
      <h2 class="panel-title">{t("queue.title")}<span class="badge num">{alerts.length}</span></h2>
      <div class="table-scroll">
        <table>
          <thead><tr>
            <th>{t("form.priority")}</th><th>{t("table.camera")}</th><th>{t("form.place")}</th><th>{t("alert.age")}</th>
            <th>{t("table.state")}</th><th>{t("table.owner")}</th><th /></tr></thead>
          <tbody>
            {alerts.map((a) => (
              <tr key={a.alert_id}>
                <td><PriorityMark priority={a.priority} /></td>
                <td><AlertNumber alert={a} /></td>
                <td>{placeText(a)}<small>{whatText(a)}</small></td>
                <td class="num">{elapsed(nowMs.value - a.created_wall_ms)}<small>{clock(a.created_wall_ms)}</small></td>
                <td><AlertStateMark state={a.state} />{a.shelved && <small>{t("shelf.mark")}</small>}{a.escalation >= 2 && <small class="is-ongoing">{t(a.escalation >= 3 ? "alert.escalated.3" : "alert.escalated.2")}</small>}</td>
                <td>{a.owner_name ?? (a.offer_user_name ? t("alert.turn", { name: a.offer_user_name }) : "—")}{a.taken_wall_ms !== null && a.state === "taken" && <small class="num"> {elapsed(nowMs.value - a.taken_wall_ms)}</small>}</td>
                <td>{a.state === "taken" && (
                  <button type="button" class="button is-small" disabled={busy} onClick={() => release(a.alert_id, a.owner_name ?? "")}><IconRelease />{t("action.release")}</button>
                )}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {alerts.length === 0 && <p class="empty">{t("queue.empty")}</p>}
      </div>
    </section>
  );
}
