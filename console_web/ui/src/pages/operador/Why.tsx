/** Why an alert was raised: the heat of what moved over its picture, and what the zone asks for beside it. */
import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import { ApiError } from "../../api/client";
import type { Explanation } from "../../api/types";
import { t, tOr } from "../../locale";
import { bytesOf, COLUMNS, regionOf, ROWS } from "../../state/region";
import { sayError } from "../../ui/notices";

/** Evidence from which a cell glows fully. */
const FULL = 60;

export function Heat({ why }: { why: Explanation }) {
  const moving = regionOf(why.moving);
  const inside = regionOf(why.inside);
  return (
    <svg class="heat" viewBox={`0 0 ${COLUMNS} ${ROWS}`} preserveAspectRatio="none" aria-hidden="true">
      {bytesOf(why.evidence).map((value, cell) => {
        if (value === 0 && inside.has(cell)) return null;
        const x = cell % COLUMNS;
        const y = Math.floor(cell / COLUMNS);
        if (!inside.has(cell)) return <rect key={cell} class="heat-outside" x={x} y={y} width="1" height="1" />;
        return <rect key={cell} class={moving.has(cell) ? "heat-moving" : "heat-some"} x={x} y={y} width="1" height="1" opacity={0.15 + 0.6 * Math.min(1, value / FULL)} />;
      })}
    </svg>
  );
}

/** Drawn, not linked: the page's policy lets no picture come from anywhere but the server's addresses. */
function Pixels({ png, label }: { png: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    createImageBitmap(new Blob([bytes], { type: "image/png" })).then((bitmap) => {
      const element = canvas.current;
      if (!element) return;
      element.width = bitmap.width;
      element.height = bitmap.height;
      element.getContext("2d")?.drawImage(bitmap, 0, 0);
    }, sayError);
  }, [png]);
  return <canvas ref={canvas} role="img" aria-label={label} />;
}

export function WhyFacts({ why }: { why: Explanation }) {
  return (
    <div class="why">
      <dl>
        <dt>{t("why.zone")}</dt><dd>{why.zone}</dd>
        {why.rule && <><dt>{t("why.rule")}</dt><dd>{tOr("rule", why.rule)}</dd></>}
        {why.measures.map((m) => <Fragment key={m.name}><dt>{tOr("measure", m.name)}</dt><dd class="num">{t("why.measure.of", { value: m.value, limit: m.limit })}</dd></Fragment>)}
        <dt>{t("why.moved")}</dt><dd class="num">{t("why.moved.of", { moved: why.moved_cells, needed: why.needed_cells })}</dd>
        <dt>{t("why.threshold")}</dt><dd class="num">{t("why.threshold.of", { threshold: why.threshold, levels: why.threshold_levels })}</dd>
        <dt>{t("why.sensitivity")}</dt><dd class="num">{why.sensitivity}</dd>
        <dt>{t("why.duration")}</dt><dd class="num">{why.min_duration_s} s</dd>
        <dt>{t("why.score")}</dt><dd class="num">{(why.score * 100).toFixed(1)} %</dd>
      </dl>
      <figure><Pixels png={why.background} label={t("why.background")} /><figcaption>{t("why.background")}</figcaption></figure>
      <figure><Pixels png={why.picture} label={t("why.picture")} /><figcaption>{t("why.picture")}</figcaption></figure>
    </div>
  );
}

/** The explanation of an alert, "none" where nothing was written down, null until it is known. Asked for once it is wanted. */
export function useWhy(alertId: string | null, wanted: boolean): Explanation | "none" | null {
  const [why, setWhy] = useState<Explanation | "none" | null>(null);
  useEffect(() => {
    if (!wanted || alertId === null || why !== null) return;
    api.explanation(alertId).then(setWhy, (error: unknown) => {
      if (error instanceof ApiError && error.status === 404) setWhy("none");
      else sayError(error);
    });
  }, [alertId, wanted]);
  return why;
}
