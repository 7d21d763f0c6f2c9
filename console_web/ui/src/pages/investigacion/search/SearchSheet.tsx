/** "¿Cuándo se movió algo aquí?": region, cameras and days on the left, what was found on the right. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { MovementFound, Peak } from "../../../api/types";
import { serverNowMs } from "../../../api/client";
import { t } from "../../../locale";
import { hexOf, nothingMoved, NOTHING, type Region, WHOLE } from "../../../state/region";
import { camerasByNumber, feed } from "../../../state/store";
import { DAY_MS } from "../../../state/timeline";
import { instantOf, isoDate } from "../../../time";
import { Dialog } from "../../../ui/Dialog";
import { IconEye } from "../../../ui/icons";
import { useAction } from "../../../ui/notices";
import { chosen, day, dayWindow, goTo, playing } from "../state";
import { HourChart } from "./HourChart";
import { PeakGrid } from "./PeakGrid";
import { RegionEditor } from "./RegionEditor";

const LEAD_IN_MS = 5_000;
const SPANS: readonly number[] = [1, 3, 7, 45, 365];
/** Kept while the page is open: one comes back to the results after each look at the video. */
const region = signal<Region>(NOTHING);
const days = signal(1);
const where = signal<"chosen" | "all">("chosen");
const found = signal<{ answer: MovementFound; fromMs: number; toMs: number } | null>(null);

function play(peak: Peak, onClose: () => void): void {
  chosen.value = [peak.camera_id, ...chosen.value.filter((id) => id !== peak.camera_id)].slice(0, 4);
  day.value = isoDate(peak.from_wall_ms);
  goTo(peak.from_wall_ms - LEAD_IN_MS);
  playing.value = true;
  onClose();
}

function Summary({ answer }: { answer: MovementFound }) {
  const share = answer.asked_s > 0 ? (100 * answer.looked_s) / answer.asked_s : 0;
  return (
    <p class="search-summary">
      <strong>{answer.minutes > 0 ? t("search.minutes", { count: answer.minutes }) : t(nothingMoved(share))}</strong>
      <span class={share < 99 ? "is-warning" : ""}>{t("search.looked", { percent: share.toFixed(1) })}</span>
      {!answer.complete && <span class="is-warning">{t("search.incomplete")}</span>}
      {answer.damaged.length > 0 && <span class="is-warning">{t("search.damaged", { days: answer.damaged.join(", ") })}</span>}
    </p>
  );
}

export function SearchSheet({ onClose }: { onClose: () => void }) {
  const { busy, run } = useAction();
  const [fault, setFault] = useState("");
  const ids = where.value === "all" || chosen.value.length === 0 ? null : chosen.value;
  const first = feed.value.cameras.get(chosen.value[0] ?? "") ?? null;
  const search = (event: Event): void => {
    event.preventDefault();
    if (region.value.size === 0) return setFault(t("search.region.none"));
    setFault("");
    const toMs = Math.min(serverNowMs(), dayWindow.value.toMs);
    const fromMs = Math.max(0, (instantOf(day.value, "00:00") ?? toMs) - (days.value - 1) * DAY_MS);
    void run(async () => {
      const answer = await api.searchMovement({ camera_ids: ids === null ? null : [...ids], cells: hexOf(region.value), from_wall_ms: Math.round(fromMs), to_wall_ms: Math.round(toMs), least_cells: 1, limit: 60 });
      found.value = { answer, fromMs, toMs };
    });
  };
  const result = found.value;
  return (
    <Dialog title={t("search.title")} onClose={onClose} full>
      <div class="search">
        <form class="search-form" onSubmit={search}>
          <RegionEditor cameraId={first?.camera_id ?? null} region={region.value} onChange={(next) => { region.value = next; }} />
          <p class="hint">{t("search.region.help")}</p>
          <div class="row">
            <button type="button" class="button is-small" onClick={() => { region.value = WHOLE; }}>{t("search.region.all")}</button>
            <button type="button" class="button is-small" onClick={() => { region.value = NOTHING; }}>{t("search.region.clear")}</button>
          </div>
          <fieldset class="field"><legend>{t("search.where")}</legend>
            <label class="choice"><input type="radio" name="where" checked={ids !== null} disabled={chosen.value.length === 0} onChange={() => { where.value = "chosen"; }} />
              {t("search.where.chosen", { cameras: chosen.value.map((id) => feed.value.cameras.get(id)?.number ?? "").join(", ") || "–" })}</label>
            <label class="choice"><input type="radio" name="where" checked={ids === null} onChange={() => { where.value = "all"; }} />
              {t("search.where.all", { count: camerasByNumber.value.length })}</label>
          </fieldset>
          <fieldset class="field"><legend>{t("search.when")}</legend>
            {SPANS.map((span) => (
              <label class="choice" key={span}><input type="radio" name="days" checked={days.value === span} onChange={() => { days.value = span; }} />
                {span === 1 ? t("search.when.day", { day: day.value.split("-").reverse().join("/") }) : t("search.when.days", { count: span })}</label>
            ))}
          </fieldset>
          {fault && <p class="field-error" role="alert">{fault}</p>}
          <div class="row">
            <button type="submit" class="button is-primary is-big" disabled={busy}><IconEye />{t(busy ? "search.running" : "search.go")}</button>
            <button type="button" class="button is-big" onClick={onClose}>{t("close")}</button>
          </div>
        </form>
        <section class="search-found" aria-live="polite">
          {result === null ? <p class="empty is-big">{t("search.hint")}</p> : (
            <>
              <Summary answer={result.answer} />
              {result.answer.hours.length > 0 && <HourChart hours={result.answer.hours} fromMs={result.fromMs} toMs={result.toMs} />}
              <PeakGrid peaks={result.answer.peaks} onPlay={(peak) => play(peak, onClose)} />
            </>
          )}
        </section>
      </div>
    </Dialog>
  );
}
