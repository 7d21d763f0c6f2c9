/** What is urgent and nobody takes, or who has it does not judge: over every page of the desk, with sound for the supervisor. */
import { useEffect } from "preact/hooks";
import { t } from "../locale";
import { escalated, unjudged } from "../state/feed";
import { melody, play } from "../state/sound";
import { feed, nowMs, session } from "../state/store";
import { elapsed } from "../time";
import { AlertNumber, placeText } from "./AlertPlace";
import { IconWarn } from "./icons";

const AGAIN_MS = 10_000;

export function Escalations() {
  const supervisor = session.value?.user.role === "supervisor";
  // The supervisor is told at 45 s, everybody at 90 s.
  const alerts = escalated(feed.value, supervisor ? 2 : 3);
  const idle = supervisor ? (feed.value.room?.seats ?? []).filter((seat) => seat.idle) : [];
  const loud = supervisor ? [...alerts.map((a) => a.alert_id), ...idle.map((s) => s.user_id)].join(" ") : "";
  useEffect(() => {
    if (!loud) return undefined;
    play(melody(1));
    const timer = setInterval(() => play(melody(1)), AGAIN_MS);
    return () => clearInterval(timer);
  }, [loud]);
  const held = supervisor ? unjudged(feed.value) : [];
  const news = held.map((a) => a.alert_id).join(" ");
  // Once: its owner may well be at it.
  useEffect(() => { if (news) play(melody(1)); }, [news]);
  const first = alerts[0];
  const longest = held[0];
  if (!first && !longest && idle.length === 0) return null;
  return (
    <div class="escalation-band" role="alert">
      <IconWarn />
      {first && <><strong>{t("escalation.title", { count: alerts.length })}</strong><AlertNumber alert={first} /><span>{placeText(first)}</span>
        <span class="num">{elapsed(nowMs.value - first.waiting_wall_ms)}</span><span>{t(first.escalation >= 3 ? "alert.escalated.3" : "alert.escalated.2")}</span></>}
      {longest && <><strong>{t("escalation.unjudged", { count: held.length })}</strong><AlertNumber alert={longest} /><span>{placeText(longest)}</span>
        <span>{t("escalation.unjudged.owner", { name: longest.owner_name ?? "" })}</span><span class="num">{elapsed(nowMs.value - (longest.taken_wall_ms ?? nowMs.value))}</span></>}
      {idle.length > 0 && <strong>{t("room.idle.band", { names: idle.map((seat) => seat.name).join(", ") })}</strong>}
    </div>
  );
}
