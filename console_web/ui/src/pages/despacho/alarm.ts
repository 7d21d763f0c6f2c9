/** Rings until nobody's dispatch is left without "recibido". */
import { effect } from "@preact/signals";
import { agencyOf } from "../../state/agencies";
import { muted, play, ringing } from "../../state/sound";
import { feed, session } from "../../state/store";

const AGAIN_MS = 3_000;

export function startAlarm(): () => void {
  let timer = 0;
  let known = new Set<string>();
  const stop = effect(() => {
    const waiting = [...feed.value.dispatches.values()].filter((d) => d.state === "sent").map((d) => d.dispatch_id);
    const fresh = waiting.some((id) => !known.has(id));
    known = new Set(waiting);
    // A muted board must not miss the next dispatch: each new one turns the sound on again.
    if (fresh) muted.value = false;
    if (waiting.length === 0) {
      clearInterval(timer);
      timer = 0;
    } else if (timer === 0) {
      const melody = ringing(agencyOf(session.value?.user.agency ?? "")?.sound ?? "double");
      play(melody);
      timer = window.setInterval(() => play(melody), AGAIN_MS);
    }
  });
  return () => {
    stop();
    clearInterval(timer);
  };
}
