/** Workers with their age, cost and counters; the disk; the catalogue. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Health, WorkerHealth } from "../../api/types";
import { t, tOr } from "../../locale";
import { bytes, elapsed } from "../../time";
import { IconDisk, IconReceived, IconWait, IconWarn } from "../../ui/icons";
import { sayError } from "../../ui/notices";

const EVERY_MS = 5_000;
/** Workers report each few seconds; older than this, one is stuck or gone. */
const STALE_MS = 15_000;

function Disk({ disk }: { disk: Health["disk"] }) {
  const free = disk.total_bytes > 0 ? disk.free_bytes / disk.total_bytes : 0;
  const low = disk.free_bytes < disk.reserve_bytes;
  return (
    <div class={low ? "figure is-bad" : "figure"}>
      <strong class="num">{bytes(disk.free_bytes)}</strong>
      <span>{low ? <IconWarn /> : <IconDisk />}{t("health.disk.free", { total: bytes(disk.total_bytes), percent: (free * 100).toFixed(0) })}</span>
      <progress max={1} value={1 - free} aria-label={t("health.disk")} />
      <small>{t(low ? "health.disk.low" : "health.disk.reserve", { reserve: bytes(disk.reserve_bytes) })}</small>
    </div>
  );
}

/** The machine's clock against the time line of the recordings. */
function Clock({ clock }: { clock: NonNullable<Health["clock"]> }) {
  const ahead = `${clock.error_s < 0 ? "−" : "+"}${Math.abs(clock.error_s).toFixed(1)} s`;
  return (
    <div class={clock.doubt ? "figure is-bad" : "figure"}>
      <strong class="num">{ahead}</strong>
      <span>{clock.doubt ? <IconWarn /> : <IconWait />}{t("health.clock")}</span>
      <small>{t(clock.doubt ? "health.clock.doubt" : "health.clock.good")}</small>
    </div>
  );
}

function Worker({ worker }: { worker: WorkerHealth }) {
  const stale = worker.age_ms > STALE_MS;
  return (
    <tr class={stale ? "is-bad" : ""}>
      <td>{stale ? <span class="mark stream-offline"><IconWarn />{t("health.stale")}</span> : <span class="mark stream-online"><IconReceived />{t("health.alive")}</span>}</td>
      <td class="cell-name">{worker.worker}</td><td class="num">{worker.pid}</td><td class="num">{elapsed(worker.age_ms)}</td>
      <td class="num">{worker.cpu_cores.toFixed(2)}</td><td class="num">{bytes(worker.rss_bytes)}</td>
      <td class="cell-detail num">{Object.entries(worker.counters).map(([name, count]) => `${tOr("counter", name)} ${count}`).join(" · ")}</td>
    </tr>
  );
}

export function HealthPanel() {
  const [health, setHealth] = useState<Health | null>(null);
  useEffect(() => {
    const load = (): void => {
      api.health().then(setHealth, sayError);
    };
    load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (!health) return <p class="empty">{t("loading")}</p>;
  const cores = health.workers.reduce((sum, w) => sum + w.cpu_cores, 0);
  const rss = health.workers.reduce((sum, w) => sum + w.rss_bytes, 0);
  return (
    <section class="panel table-panel" aria-label={t("admin.health")}>
      <div class="figures">
        <Disk disk={health.disk} />
        {health.clock && <Clock clock={health.clock} />}
        <div class="figure"><strong class="num">{cores.toFixed(2)}</strong><span>{t("health.cores")}</span></div>
        <div class="figure"><strong class="num">{bytes(rss)}</strong><span>{t("health.memory")}</span></div>
      </div>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.state")}</th><th>{t("health.worker")}</th><th>PID</th><th>{t("health.age")}</th><th>{t("health.cpu")}</th><th>{t("health.rss")}</th><th>{t("health.counters")}</th></tr></thead>
          <tbody>{health.workers.map((w) => <Worker key={`${w.worker}${w.pid}`} worker={w} />)}</tbody>
        </table>
        <h3 class="sub-title">{t("health.catalogue")}</h3>
        <dl class="catalogue">
          {Object.entries(health.catalogue).map(([name, value]) => <div key={name}><dt>{tOr("catalogue", name)}</dt><dd class="num">{name.endsWith("_bytes") ? bytes(Number(value)) : typeof value === "object" ? JSON.stringify(value) : String(value)}</dd></div>)}
        </dl>
      </div>
    </section>
  );
}
