/** Tells eyes-off operators of new alerts: words for screen readers, sound for the room. */
import { effect, signal } from "@preact/signals";
import { ofSystem, systemFault } from "../../api/types";
import { t } from "../../locale";
import { arrivals } from "../../state/queueMove";
import { melody, play } from "../../state/sound";
import { nowMs, queue, ready } from "../../state/store";
import { faultText } from "../../ui/fault";
import { priorityWord } from "../../ui/marks";

export const announcement = signal("");

/** In a flood one sound per interval is enough, the most urgent one. */
const QUIET_MS = 1_500;
/** An urgent alert that nobody takes is heard again. */
const REMIND_MS = 15_000;

export function startAnnouncing(): () => void {
  let known: Set<string> | null = null;
  let lastSoundMs = 0;
  const stopArrivals = effect(() => {
    if (!ready.value) return;
    const waiting = queue.value.filter((a) => a.state === "new");
    const fresh = known === null ? [] : arrivals(known, waiting.map((a) => a.alert_id));
    // An alert that was taken and released again is no arrival: ids are remembered until they leave the queue.
    known = new Set(queue.value.map((a) => a.alert_id));
    const first = waiting.find((a) => fresh.includes(a.alert_id));
    if (!first) return;
    const words = { count: fresh.length, priority: priorityWord(first.priority), number: first.camera_number, place: first.place };
    announcement.value = ofSystem(first.zone)
      ? t("announce.system", { ...words, fault: faultText(systemFault(first.zone) ?? "", first.count) }) : t("announce.alert", words);
    if (Date.now() - lastSoundMs < QUIET_MS) return;
    lastSoundMs = Date.now();
    play(melody(first.priority));
  });
  const stopReminders = effect(() => {
    const now = nowMs.value;
    const urgent = queue.value.some((a) => a.state === "new" && a.priority === 1 && now - a.created_wall_ms > REMIND_MS);
    if (!urgent || Date.now() - lastSoundMs < REMIND_MS) return;
    lastSoundMs = Date.now();
    play(melody(1));
  });
  return () => {
    stopArrivals();
    stopReminders();
  };
}
