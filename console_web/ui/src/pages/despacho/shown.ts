/** Says to the server which dispatches the board shows, once on each connection: what nobody says is sent by the agency's next channel. A tab behind another shows none. */
import { effect } from "@preact/signals";
import { feed, lostSinceMs, nowMs, reportShown } from "../../state/store";

/** What one message holds: the server takes 4 KiB. */
const MOST = 50;

export function startShown(): () => void {
  const said = new Set<string>();
  return effect(() => {
    // Read so that what could not be said is said with the next second.
    void nowMs.value;
    if (lostSinceMs.value !== null) {
      said.clear();
      return;
    }
    if (document.hidden) return;
    const fresh = [...feed.value.dispatches.values()].filter((d) => d.state === "sent" && !said.has(d.dispatch_id)).map((d) => d.dispatch_id).slice(0, MOST);
    if (fresh.length > 0 && reportShown(fresh)) for (const id of fresh) said.add(id);
  });
}
