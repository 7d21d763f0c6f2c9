/** Says to the server which waiting alerts stand before somebody's eyes, once on each connection: how long that takes is one of the chiefs' figures. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connections, reportSeen } from "../../state/store";

/** What one message holds: the server takes 4 KiB. */
const MOST = 50;
/** Of a card, what can be read. */
const SHARE = 0.5;

/** Alerts whose cards are on the screen now. A browser looks at no card of a page that is hidden. */
const onScreen = signal<ReadonlySet<string>>(new Set());
const ids = new WeakMap<Element, string>();
let observer: IntersectionObserver | null = null;

function looked(entries: readonly IntersectionObserverEntry[]): void {
  const next = new Set(onScreen.value);
  for (const entry of entries) {
    const id = ids.get(entry.target);
    if (id === undefined) continue;
    if (entry.isIntersecting) next.add(id);
    else next.delete(id);
  }
  onScreen.value = next;
}

/** Counts a card as seen while enough of it is on the screen; `waits` false: nobody asks any more. */
export function useSeen(card: { readonly current: Element | null }, alertId: string, waits: boolean): void {
  useEffect(() => {
    const element = card.current;
    if (element === null || !waits) return undefined;
    observer ??= new IntersectionObserver(looked, { threshold: SHARE });
    const watching = observer;
    ids.set(element, alertId);
    watching.observe(element);
    return () => {
      watching.unobserve(element);
      const next = new Set(onScreen.value);
      if (next.delete(alertId)) onScreen.value = next;
    };
  }, [alertId, waits]);
}

export function startSeen(): () => void {
  const said = new Set<string>();
  let connection = 0;
  return effect(() => {
    // The lists come before the line is open: what is on the screen by then is said once it is.
    if (connections.value !== connection) {
      connection = connections.value;
      said.clear();
    }
    const fresh = [...onScreen.value].filter((id) => !said.has(id));
    for (let at = 0; at < fresh.length; at += MOST) {
      const part = fresh.slice(at, at + MOST);
      if (reportSeen(part)) for (const id of part) said.add(id);
    }
  });
}
