/**
 * Whether this browser's screen is locked, and when somebody last touched it. Both belong to the browser, not to one of its windows: they share the
 * session, and a lock that a second window (or the address typed anew) leads around is none.
 */

const LOCKED_KEY = "locked";
const ACTIVE_KEY = "lastActive";

export function isLocked(): boolean {
  return localStorage.getItem(LOCKED_KEY) === "1";
}

export function keepLocked(): void {
  localStorage.setItem(LOCKED_KEY, "1");
}

/** A password was given: nothing is locked, and its owner is there. */
export function opened(): void {
  localStorage.removeItem(LOCKED_KEY);
  markActive();
}

export function markActive(): void {
  localStorage.setItem(ACTIVE_KEY, String(Date.now()));
}

/** Milliseconds UTC by this terminal's clock; null where nobody has left a mark. */
export function lastActiveMs(): number | null {
  return Number(localStorage.getItem(ACTIVE_KEY)) || null;
}

/** Calls back when another window of this browser locked the screen or opened it; gives what ends that. */
export function whenLockChanges(changed: (isNowLocked: boolean) => void): () => void {
  const listen = (event: StorageEvent): void => {
    if (event.key === LOCKED_KEY) changed(event.newValue === "1");
  };
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}
