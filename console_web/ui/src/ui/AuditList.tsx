/** The audit record, newest first, page by page. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { AuditRecord } from "../api/types";
import { t, tOr } from "../locale";
import { detailText } from "./auditDetail";
import { dateClock, shiftText } from "../time";
import { useAction } from "./notices";

const PAGE = 100;

export function AuditList() {
  const [records, setRecords] = useState<readonly AuditRecord[]>([]);
  const [ended, setEnded] = useState(false);
  const { busy, run } = useAction();
  const more = (before?: number): void => {
    void run(async () => {
      const page = await api.audit(PAGE, before);
      setRecords((old) => (before === undefined ? page : [...old, ...page]));
      setEnded(page.length < PAGE);
    });
  };
  useEffect(() => more(), []);
  const last = records.at(-1);
  return (
    <section class="panel table-panel" aria-label={t("audit.title")}>
      <h2 class="panel-title">{t("audit.title")}<button type="button" class="button is-small" disabled={busy} onClick={() => more()}>{t("reload")}</button></h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("audit.when")}</th><th>{t("audit.who")}</th><th>{t("audit.where")}</th><th>{t("audit.action")}</th><th>{t("audit.object")}</th><th>{t("audit.detail")}</th></tr></thead>
          <tbody>
            {records.map((r) => (
              <tr key={r.audit_id}>
                <td class="num">{dateClock(r.wall_ms)}</td><td>{r.actor}</td><td>{[r.terminal, r.address].filter(Boolean).join(" · ")}</td>
                <td>{tOr("audit.action", r.action)}</td><td class="cell-id">{shiftText(r.object)}</td><td class="cell-detail">{detailText(r.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {last && !ended && <button type="button" class="button" disabled={busy} onClick={() => more(last.audit_id)}>{t("audit.more")}</button>}
      </div>
    </section>
  );
}
