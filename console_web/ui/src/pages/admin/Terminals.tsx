/** The room's seats: this browser becomes one of them, and is known again whoever logs in at it. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Terminal } from "../../api/types";
import { t } from "../../locale";
import { session } from "../../state/store";
import { dateClock } from "../../time";
import { IconDone } from "../../ui/icons";
import { say, sayError, useAction } from "../../ui/notices";

const SEATS = 12;

export function Terminals() {
  const [found, setFound] = useState<Terminal[] | null>(null);
  const [number, setNumber] = useState(1);
  const [name, setName] = useState("");
  const { busy, run } = useAction();
  useEffect(() => {
    api.terminals().then(setFound, sayError);
  }, []);
  const shown = name.trim() || t("terminals.name.default", { number });
  const register = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      setFound(await api.registerTerminal(number, shown));
      if (session.value) session.value = { ...session.value, terminal: shown };
      say(t("terminals.done", { name: shown }));
    });
  };
  return (
    <section class="panel table-panel" aria-label={t("admin.terminals")}>
      <h2 class="panel-title">{t("admin.terminals")}<span class="badge num">{found?.length ?? 0}</span></h2>
      <form class="row handover-order" onSubmit={register}>
        <span>{t("terminals.here")}</span>
        <select aria-label={t("terminals.number")} value={number} onChange={(e) => setNumber(Number(e.currentTarget.value))}>
          {Array.from({ length: SEATS }, (_, i) => <option key={i} value={i + 1}>{i + 1}</option>)}
        </select>
        <input aria-label={t("terminals.name")} maxLength={40} placeholder={shown} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        <button type="submit" class="button is-primary" disabled={busy}>{t("terminals.register")}</button>
      </form>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("terminals.number")}</th><th>{t("terminals.name")}</th><th>{t("table.since")}</th><th /></tr></thead>
          <tbody>
            {found?.map((terminal) => (
              <tr key={terminal.number}>
                <td class="num">{terminal.number}</td>
                <td>{terminal.name}{terminal.here && <>{" "}<span class="mark stream-online"><IconDone />{t("terminals.this")}</span></>}</td>
                <td class="num">{dateClock(terminal.registered_wall_ms)}<small>{terminal.registered_by}</small></td>
                <td class="row"><button type="button" class="button is-small" disabled={busy} onClick={() => void run(async () => setFound(await api.forgetTerminal(String(terminal.number))))}>{t("terminals.forget")}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
        {found?.length === 0 && <p class="empty">{t("terminals.empty")}</p>}
      </div>
    </section>
  );
}
