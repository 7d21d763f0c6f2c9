/** The shift at a glance: large figures, each with its word and, where something is wrong, a sign. */
import { t } from "../../locale";
import { standing } from "../../state/feed";
import { camerasByNumber, feed, nowMs, openIncidents } from "../../state/store";
import { elapsed } from "../../time";
import { unanswered } from "../../ui/DispatchCard";
import { IconWarn } from "../../ui/icons";

function Figure({ value, label, bad }: { value: string; label: string; bad: boolean }) {
  return (
    <div class={bad ? "figure is-bad" : "figure"}>
      <strong class="num">{value}</strong>
      <span>{bad && <IconWarn />}{label}</span>
    </div>
  );
}

export function Figures() {
  const now = nowMs.value;
  const alerts = standing(feed.value);
  const oldest = alerts.oldest_wall_ms === null ? null : Math.max(0, now - alerts.oldest_wall_ms);
  const cameras = camerasByNumber.value;
  const offline = cameras.filter((c) => c.streams.main.state !== "online").length;
  const silent = openIncidents.value.flatMap((i) => i.dispatches).filter((d) => unanswered(d, now)).length;
  return (
    <section class="figures" aria-label={t("figures.title")}>
      <Figure value={String(alerts.waiting)} label={t("figures.waiting")} bad={alerts.urgent} />
      <Figure value={oldest === null ? "–" : elapsed(oldest)} label={t("figures.oldest")} bad={oldest !== null && oldest > 60_000} />
      <Figure value={String(alerts.taken)} label={t("figures.taken")} bad={false} />
      <Figure value={String(openIncidents.value.length)} label={t("figures.incidents")} bad={false} />
      <Figure value={String(silent)} label={t("figures.silent")} bad={silent > 0} />
      <Figure value={`${cameras.length - offline}/${cameras.length}`} label={t("figures.cameras")} bad={offline > 0} />
    </section>
  );
}
