/** How long the room takes, how often it is called for nothing, and when and where things happen. */
import { useEffect, useState } from "preact/hooks";
import { figures as load, figuresUrl } from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import type { FigureGroup, FigureStep, RoomFigures } from "../../api/types";
import { t } from "../../locale";
import { date, isoOfWritten } from "../../time";
import { IconWarn } from "../../ui/icons";
import { sayError } from "../../ui/notices";
import { Day, stretch } from "./Day";
import { STEPS, atMost, inTime, rowsOf, span, type StepFigure } from "./figureRows";

const GROUPS: readonly FigureGroup[] = ["all", "shift", "type", "sector", "camera", "agency"];
const SHEETS = ["times", "false", "hours"] as const;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const WEEK_MS = 7 * 86_400_000;

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)} %`;
}

function StepCell({ figure, longestMs, few }: { figure: StepFigure | undefined; longestMs: number; few: number }) {
  if (figure === undefined) return <td class="num">–</td>;
  const at = (ms: number | null): string => `${longestMs > 0 && ms !== null ? (100 * ms) / longestMs : 0}%`;
  const late = !inTime(figure);
  return (
    <td class={figure.count < few ? "num step-few" : "num"} title={t("performance.cell", { p50: span(figure.p50_ms), p90: span(figure.p90_ms), p95: span(figure.p95_ms), count: figure.count, missing: figure.missing })}>
      <strong>{span(figure.p90_ms)}</strong> <small class="step-n">n={figure.count}{figure.missing > 0 && ` · ${t("performance.missing", { count: figure.missing })}`}</small>
      <span class="step-bar" aria-hidden="true"><i style={{ width: at(figure.p95_ms) }} /><b style={{ width: at(figure.p50_ms) }} /></span>
      {figure.limited > 0 && <small class={late ? "step-limit is-late" : "step-limit"}>{late && <IconWarn />}{t("performance.in.time", { share: percent(figure.in_time, figure.limited) })}</small>}
    </td>
  );
}

function Times({ found, by }: { found: RoomFigures; by: FigureGroup }) {
  const rows = rowsOf(found.times, by);
  const longest = Object.fromEntries(STEPS.map((step) => [step, atMost(rows, step)])) as Record<FigureStep, number>;
  return (
    <div class="table-scroll">
      <table>
        <thead><tr><th>{t(`performance.by.${by}`)}</th>{STEPS.map((step) => <th key={step}>{t(`performance.step.${step}`)}<small>{t(`performance.from.${step}`)}</small></th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>{row.name || t(by === "all" ? "performance.everything" : "performance.no.sector")}</td>
              {STEPS.map((step) => <StepCell key={step} figure={row.steps[step]} longestMs={longest[step]} few={found.few} />)}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">{t("performance.none")}</p>}
    </div>
  );
}

/** Numbers by hour: the ground says how many, the number says it too. */
function Heat({ label, rows }: { label: string; rows: readonly { key: string; name: string; hours: readonly number[] }[] }) {
  const most = Math.max(1, ...rows.flatMap((row) => row.hours));
  return (
    <div class="table-scroll">
      <table class="by-hour">
        <thead><tr><th>{label}</th>{Array.from({ length: 24 }, (_, hour) => <th key={hour} class="num">{String(hour).padStart(2, "0")}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>{row.name}</td>
              {row.hours.map((count, hour) => <td key={hour} class="num" style={{ "--share": String(count / most) }}>{count || ""}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FalseAlerts({ found }: { found: RoomFigures }) {
  const hours = found.false_by_hour;
  return (
    <>
      <Heat
        label={t("performance.hour")}
        rows={[
          { key: "false", name: t("performance.false.count"), hours: hours.map((each) => each.false) },
          { key: "closed", name: t("performance.closed.count"), hours: hours.map((each) => each.closed) },
        ]}
      />
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.camera")}</th><th>{t("performance.false.count")}</th><th>{t("performance.closed.count")}</th><th>{t("performance.false.share")}</th></tr></thead>
          <tbody>
            {found.false_by_camera.map((each) => (
              <tr key={each.key} class={each.closed < found.few ? "is-off" : ""}>
                <td>{each.name}</td><td class="num">{each.false}</td><td class="num">{each.closed}</td>
                <td class="num">{percent(each.false, each.closed)}<span class="step-bar" aria-hidden="true"><b style={{ width: percent(each.false, each.closed).replace(" ", "") }} /></span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function Performance() {
  const [first, setFirst] = useState(date(serverNowMs() - WEEK_MS));
  const [last, setLast] = useState(date(serverNowMs()));
  const [by, setBy] = useState<FigureGroup>("all");
  const [found, setFound] = useState<RoomFigures | null>(null);
  const [from, to] = [isoOfWritten(first), isoOfWritten(last)];
  const fits = stretch(from, to) !== null;
  useEffect(() => {
    if (!fits || from === null || to === null) return undefined;
    let current = true;
    load(from, to).then((answer) => { if (current) setFound(answer); }, sayError);
    return () => { current = false; };
  }, [from, to, fits]);
  return (
    <section class="panel performance" aria-label={t("supervise.performance")}>
      <div class="row">
        <Day label={t("papers.first")} value={first} bad={from === null} onChange={setFirst} />
        <Day label={t("papers.last")} value={last} bad={to === null || (from !== null && !fits)} onChange={setLast} />
        {fits && from !== null && to !== null && SHEETS.map((table) => <a key={table} class="button" href={figuresUrl(from, to, table)} download>{t(`performance.csv.${table}`)}</a>)}
        <div class="row" role="group" aria-label={t("performance.by")}>
          {GROUPS.map((each) => <button key={each} type="button" class="button" aria-pressed={each === by} onClick={() => setBy(each)}>{t(`performance.by.${each}`)}</button>)}
        </div>
      </div>
      {!fits && <p class="field-error" role="alert">{t("papers.days")}</p>}
      {found === null && fits && <p class="empty">{t("loading")}</p>}
      {found !== null && (
        <>
          <h2 class="panel-title">{t("performance.times")}</h2>
          <p class="hint">{t("performance.times.hint", { few: found.few })}</p>
          <Times found={found} by={by} />
          <h2 class="panel-title">{t("performance.false")}</h2>
          <FalseAlerts found={found} />
          <h2 class="panel-title">{t("performance.when")}</h2>
          <Heat label={t("performance.day")} rows={found.incidents.map((hours, day) => ({ key: String(day), name: t(`performance.${WEEKDAYS[day] ?? "mon"}`), hours }))} />
          <h2 class="panel-title">{t("performance.where")}</h2>
          <Heat label={t("table.camera")} rows={found.places.map((place) => ({ key: place.camera_id, name: place.name, hours: place.hours }))} />
        </>
      )}
    </section>
  );
}
