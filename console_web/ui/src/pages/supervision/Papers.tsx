/** What leaves the room as files: the attention base and the crime map of some days, and the proof that cameras recorded of one. */
import { useState } from "preact/hooks";
import { attentionUrl, coverageUrl } from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import { date, isoOfWritten } from "../../time";
import { Day, stretch } from "./Day";

const DAY_MS = 86_400_000;

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
