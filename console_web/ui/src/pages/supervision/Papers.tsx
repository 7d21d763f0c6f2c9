/** What leaves the room as files: the attention base and the crime map of some days, and the proof that cameras recorded of one. */
import { useState } from "preact/hooks";
import { attentionUrl, coverageUrl } from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { date, instantOf, isoOfWritten } from "../../time";

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 366;

/** Days between two, both whole; null where the first comes after the last or it is too long for one file. */
function stretch(first: string | null, last: string | null): number | null {
  if (first === null || last === null) return null;
  const from = instantOf(first, "12:00");
  const to = instantOf(last, "12:00");
  if (from === null || to === null) return null;
  const days = Math.round((to - from) / DAY_MS);
  return days < 0 || days > LONGEST_DAYS ? null : days;
}

function Day({ label, value, bad, onChange }: { label: string; value: string; bad: boolean; onChange: (text: string) => void }) {
  return (
    <label class="field">{label}
      <input class="num" placeholder="31/12/2026" aria-invalid={bad} value={value} onInput={(e) => onChange(e.currentTarget.value)} />
    </label>
  );
}

function File({ href, name }: { href: string | null; name: string }) {
  return href === null ? <span class="button is-off" aria-disabled="true">{name}</span> : <a class="button" href={href} download>{name}</a>;
}

export function Papers() {
  const today = date(serverNowMs());
  const [first, setFirst] = useState(`01${today.slice(2)}`);
  const [last, setLast] = useState(today);
  const [day, setDay] = useState(date(serverNowMs() - DAY_MS));
  const [from, to, one] = [isoOfWritten(first), isoOfWritten(last), isoOfWritten(day)];
  const fits = stretch(from, to) !== null;
  const base = (ending: "csv" | "xlsx" | "geojson"): string | null => (fits && from !== null && to !== null ? attentionUrl(ending, from, to) : null);
  const proof = (ending: "csv" | "pdf"): string | null => (one === null ? null : coverageUrl(ending, one));
  return (
    <section class="panel papers" aria-label={t("supervise.papers")}>
      <h2 class="panel-title">{t("papers.attention")}</h2>
      <p class="hint">{t("papers.attention.hint")}</p>
      <div class="row">
        <Day label={t("papers.first")} value={first} bad={from === null} onChange={setFirst} />
        <Day label={t("papers.last")} value={last} bad={to === null || (from !== null && !fits)} onChange={setLast} />
        <File href={base("xlsx")} name={t("papers.xlsx")} />
        <File href={base("csv")} name={t("papers.csv")} />
        <File href={base("geojson")} name={t("papers.map")} />
      </div>
      {!fits && <p class="field-error" role="alert">{t("papers.days")}</p>}
      <h2 class="panel-title">{t("papers.coverage")}</h2>
      <p class="hint">{t("papers.coverage.hint")}</p>
      <div class="row">
        <Day label={t("papers.day")} value={day} bad={one === null} onChange={setDay} />
        <File href={proof("pdf")} name={t("papers.pdf")} />
        <File href={proof("csv")} name={t("papers.csv")} />
      </div>
    </section>
  );
}
