/** Which alerts of the last days the zones as they are drawn would have raised, beside those in force; nothing is applied by it. */
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Occasion, Tuning } from "../../../api/types";
import { t } from "../../../locale";
import type { Draft } from "../../../state/zones";
import { clock, date } from "../../../time";
import { useAction } from "../../../ui/notices";
import { zoneText } from "../../../ui/source";

const DAYS = [1, 3, 7, 30];
const WIDTH = 1000;
const HEIGHT = 90;

function Bars({ tuning }: { tuning: Tuning }) {
  const most = Math.max(1, ...tuning.bars.flatMap((bar) => [bar.before, bar.after]));
  const width = WIDTH / Math.max(1, tuning.bars.length);
  const sum = (which: "before" | "after"): number => tuning.bars.reduce((all, bar) => all + bar[which], 0);
  return (
    <figure class="search-chart">
      <figcaption>{t("tune.bars")}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`} role="img" aria-label={t("tune.chart", { before: sum("before"), after: sum("after") })}>
        {tuning.bars.map((bar, i) => (
          <g key={bar.from_wall_ms}>
            <title>{`${date(bar.from_wall_ms)} ${clock(bar.from_wall_ms)} · ${bar.before} → ${bar.after}`}</title>
            <rect class="tune-before" x={i * width + width * 0.05} width={width * 0.42} y={HEIGHT - (bar.before / most) * HEIGHT} height={(bar.before / most) * HEIGHT} />
            <rect class="tune-after" x={i * width + width * 0.5} width={width * 0.42} y={HEIGHT - (bar.after / most) * HEIGHT} height={(bar.after / most) * HEIGHT} />
            {i % 12 === 0 && <text x={i * width} y={HEIGHT + 15}>{`${date(bar.from_wall_ms).slice(0, 5)} ${clock(bar.from_wall_ms).slice(0, 5)}`}</text>}
          </g>
        ))}
        <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
      </svg>
    </figure>
  );
}

/** When and where; no pictures: who draws zones may not look at what was recorded. */
function Changed({ title, count, occasions }: { title: string; count: number; occasions: readonly Occasion[] }) {
  return (
    <section>
      <h4>{title} <span class="badge num">{count}</span></h4>
      {occasions.length > 0 && <ol class="tune-occasions">{occasions.slice(0, 12).map((each) => (
        <li key={`${each.zone}${each.start_wall_ms}`}><span class="num">{date(each.start_wall_ms).slice(0, 5)} {clock(each.start_wall_ms)}</span> {zoneText(each.zone)}</li>
      ))}</ol>}
      {count > 12 && <small>{t("tune.newest", { count: 12 })}</small>}
    </section>
  );
}

function Row({ zone }: { zone: Tuning["zones"][number] }) {
  return (
    <tr>
      <td>{zoneText(zone.zone)}</td><td class="num">{zone.recorded}</td>
      {zone.told ? <><td class="num">{zone.before}</td><td class="num"><strong>{zone.after}</strong></td></> : <td colSpan={2}>{t("tune.untold")}</td>}
    </tr>
  );
}

export function TunePanel({ cameraId, draft }: { cameraId: string; draft: Draft }) {
  const [days, setDays] = useState(7);
  const [tried, setTried] = useState<{ draft: Draft; tuning: Tuning } | null>(null);
  const { busy, run } = useAction();
  useEffect(() => setTried(null), [cameraId]);
  const found = useRef<HTMLDivElement>(null);
  // It comes below the picture, where nobody would look for it.
  useEffect(() => { if (tried) found.current?.scrollIntoView({ block: "start" }); }, [tried]);
  const tuning = tried?.tuning;
  return (
    <div class="tune">
      <p class="row">
        <button type="button" class="button" disabled={busy} onClick={() => void run(async () => setTried({ draft, tuning: await api.tuneZones(cameraId, draft, days) }))}>{t(busy ? "tune.busy" : "tune.try")}</button>
        <select aria-label={t("tune.days")} value={String(days)} onChange={(e) => setDays(Number(e.currentTarget.value))}>
          {DAYS.map((each) => <option key={each} value={each}>{t("tune.of.days", { count: each })}</option>)}
        </select>
        <small>{t("tune.hint")}</small>
      </p>
      {tried && tuning && (
        <div ref={found} class="tune-found" role="region" aria-label={t("tune.title")}>
          {tried.draft !== draft && <p class="notice-text">{t("tune.stale")}</p>}
          <p>{t("tune.looked", { hours: (tuning.looked_s / 3600).toFixed(1), of: ((tuning.to_wall_ms - tuning.from_wall_ms) / 3_600_000).toFixed(0) })}</p>
          <table>
            <thead><tr><th>{t("zones.word")}</th><th>{t("tune.recorded")}</th><th>{t("tune.before")}</th><th>{t("tune.after")}</th></tr></thead>
            <tbody>{tuning.zones.map((zone) => <Row key={zone.zone} zone={zone} />)}</tbody>
          </table>
          <Bars tuning={tuning} />
          <Changed title={t("tune.lost")} count={tuning.lost_count} occasions={tuning.lost} />
          <Changed title={t("tune.gained")} count={tuning.gained_count} occasions={tuning.gained} />
        </div>
      )}
    </div>
  );
}
