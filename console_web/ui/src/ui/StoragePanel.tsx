/** How long the disks keep the recordings: the answer first, then what each stream takes. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Storage } from "../api/types";
import { t } from "../locale";
import { bytes, dateClock } from "../time";
import { IconDisk, IconReceived, IconWarn } from "./icons";
import { CameraNumber } from "./marks";
import { sayError } from "./notices";

const EVERY_MS = 60_000;
const DAY_H = 24;

/** Nothing was reckoned yet: then no end in sight is not "more than a year". */
function reckoned(storage: Storage, value: number | null): string {
  return storage.measured ? days(value) : "—";
}

function days(value: number | null): string {
  return value === null ? t("storage.long") : t("storage.days", { days: value.toFixed(value < 100 ? 1 : 0) });
}

function Figure({ bad, value, label, note }: { bad?: boolean; value: string; label: string; note?: string }) {
  return (
    <div class={bad ? "figure is-bad" : "figure"}>
      <strong class="num">{value}</strong><span>{bad ? <IconWarn /> : <IconDisk />}{label}</span>{note && <small>{note}</small>}
    </div>
  );
}

function Verdict({ storage }: { storage: Storage }) {
  if (!storage.measured) return <p class="empty">{t("storage.unmeasured")}</p>;
  return (
    <p class={storage.sound ? "storage-verdict mark stream-online" : "storage-verdict mark stream-offline"} role="status">
      {storage.sound ? <IconReceived /> : <IconWarn />}{t(storage.sound ? "storage.sound" : "storage.short", { days: storage.least_days })}
      {!storage.sound && <small>{storage.accepted ? t("storage.accepted", { who: storage.accepted }) : t("storage.accept")}</small>}
    </p>
  );
}

export function StoragePanel() {
  const [storage, setStorage] = useState<Storage | null>(null);
  useEffect(() => {
    const load = (): void => {
      api.storage().then(setStorage, sayError);
    };
    load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (!storage) return <p class="empty">{t("loading")}</p>;
  const s = storage;
  return (
    <section class="panel table-panel" aria-label={t("storage.title")}>
      <h2 class="panel-title">{t("storage.title")}<small class="hold-budget num">{t("storage.made", { at: dateClock(s.made_wall_ms) })}</small></h2>
      <Verdict storage={s} />
      <div class="figures">
        <Figure bad={s.sustained_days !== null && s.sustained_days < s.least_days} value={reckoned(s, s.sustained_days)} label={t("storage.sustained")} note={t("storage.minimum", { days: s.least_days })} />
        <Figure bad={s.breaks_in_days !== null} value={reckoned(s, s.breaks_in_days)} label={t("storage.breaks")} />
        <Figure value={bytes(s.free_bytes)} label={t("storage.free")} note={t("storage.room", { room: bytes(s.room_bytes) })} />
        <Figure value={s.measured ? bytes(s.bytes_per_day) : "—"} label={t("storage.rate")} />
        <Figure bad={s.only_held_in_days !== null} value={bytes(s.held_bytes)} label={t("storage.held")} note={s.only_held_in_days === null ? t("storage.held.growth", { rate: bytes(s.hold_bytes_per_day) }) : t("storage.only.held", { days: s.only_held_in_days.toFixed(0) })} />
      </div>
      <ul class="pools">
        {s.pools.map((p) => (
          <li key={p.name} class={p.present && p.free_bytes > p.reserve_bytes ? "" : "is-bad"}>
            {p.present && p.free_bytes > p.reserve_bytes ? <IconDisk /> : <IconWarn />}<strong>{p.name || t("storage.pool.own")}</strong> <span>{p.path}</span>
            <span class="num">{p.present ? t("storage.pool.free", { free: bytes(p.free_bytes), total: bytes(p.total_bytes), reserve: bytes(p.reserve_bytes) }) : t("storage.pool.missing")}</span>
          </li>
        ))}
      </ul>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.camera")}</th><th>{t("storage.stream")}</th><th>{t("storage.mb")}</th><th>{t("storage.stock")}</th><th>{t("storage.age")}</th><th>{t("storage.kept")}</th></tr></thead>
          <tbody>
            {s.flows.map((f) => (
              <tr key={`${f.camera_id}${f.stream}`}>
                <td><CameraNumber number={f.camera_number} /> {f.place}</td><td>{t(f.stream === "main" ? "storage.main" : "storage.sub")}</td>
                <td class="num">{(f.bytes_per_day / 1e6 / DAY_H).toFixed(0)}</td><td class="num">{bytes(f.stock_bytes)}</td>
                <td class="num">{days(f.age_days)}</td><td class="num">{days(f.kept_days)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
