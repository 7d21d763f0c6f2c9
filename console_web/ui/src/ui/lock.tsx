/** Idle lock: hides the screen until the same person gives the password again. Sound and the feed go on behind it. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import * as api from "../api/endpoints";
import { t } from "../locale";
import { isLocked, keepLocked, lastActiveMs, markActive, opened, whenLockChanges } from "../state/presence";
import { adopt } from "../state/session";
import { feed, nowMs, queue, reportIdle, restartFeed, session } from "../state/store";
import { clock } from "../time";
import { Dialog } from "./Dialog";
import { IconLock } from "./icons";

/** Kept over a reload of the page, and in a window that is opened beside it: neither opens the lock. */
export const locked = signal(isLocked());

/** True where the server knows the session no more: then nothing arrives behind the lock either, and the lock says so. */
const ended = signal(false);

function demandLock(): void {
  keepLocked();
  locked.value = true;
}

/** The password was given in another window: this one is open for the same person, and for nobody else. */
async function openedElsewhere(): Promise<void> {
  try {
    const current = await api.session();
    if (current.user.user_id !== session.value?.user.user_id) {
      location.reload();
      return;
    }
    adopt(current);
    ended.value = false;
    locked.value = false;
    restartFeed();
  } catch {
    // Whoever sits here gives the password here, too.
  }
}

let asking = false;

/**
 * The server refused this page's session. Another window of the same browser may have renewed it (its lock was opened
 * there): then go on with the new one. Else the password is asked for over the page, and what is typed there is kept.
 */
export async function sessionEnded(): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    const current = await api.session();
    if (current.user.user_id !== session.value?.user.user_id) location.reload();
    adopt(current);
    restartFeed();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      ended.value = true;
      demandLock();
    } else restartFeed();
  } finally {
    asking = false;
  }
}

function unlock(): void {
  opened();
  ended.value = false;
  locked.value = false;
}

const WRITE_EVERY_MS = 5_000;
const REPORT_EVERY_MS = 20_000;

export function useIdleLock(idle_s: number): void {
  useEffect(() => {
    if (!(idle_s > 0)) return undefined;
    // Not the moment at which this window was opened: that alone is nobody's work.
    let last = lastActiveMs() ?? Date.now();
    if (Date.now() - last > idle_s * 1000) demandLock();
    let written = 0;
    let told = 0;
    let toldIdle = 0;
    const touched = (): void => {
      last = Date.now();
      if (last - written < WRITE_EVERY_MS) return;
      written = last;
      markActive();
    };
    const events = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
    for (const name of events) addEventListener(name, touched, { passive: true });
    const timer = setInterval(() => {
      const active = Math.max(last, lastActiveMs() ?? 0);
      if (!locked.value && Date.now() - active > idle_s * 1000) demandLock();
      // At once where somebody is back after a while, else now and then.
      const idle = Date.now() - active;
      if (Date.now() - told >= REPORT_EVERY_MS || (toldIdle > REPORT_EVERY_MS && idle < 2000)) {
        told = Date.now();
        toldIdle = idle;
        reportIdle(Math.max(0, Math.round(idle / 1000)));
      }
    }, 1000);
    return () => {
      clearInterval(timer);
      for (const name of events) removeEventListener(name, touched);
    };
  }, [idle_s]);
}

/** What waits behind the lock, so that nobody misses it: numbers only, no pictures or names. */
function Waiting() {
  const alerts = queue.value.filter((a) => a.state === "new").length;
  const sent = [...feed.value.dispatches.values()].filter((d) => d.state === "sent").length;
  return (
    <>
      {alerts > 0 && <p class="lock-waiting">{t("lock.alerts", { count: alerts })}</p>}
      {sent > 0 && <p class="lock-waiting">{t("lock.dispatches", { count: sent })}</p>}
    </>
  );
}

export function LockScreen() {
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => whenLockChanges((isNowLocked) => { if (isNowLocked) locked.value = true; else void openedElsewhere(); }), []);
  const user = session.value?.user;
  if (!locked.value || !user) return null;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      adopt(await api.login(user.name, password));
      setPassword("");
      setError("");
      unlock();
      restartFeed();
    } catch (cause) {
      setError(cause instanceof ApiError ? `${cause.message} ${cause.remedy}` : t("error.unexpected"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("lock.title")} onClose={() => undefined}>
      <form class="form lock" onSubmit={(event) => void submit(event)}>
        <IconLock class="lock-icon" />
        <p class="lock-clock num">{clock(nowMs.value)}</p>
        <p>{t("lock.who", { name: user.full_name || user.name })}</p>
        {ended.value ? <p class="lock-waiting" role="alert">{t("lock.ended")}</p> : <Waiting />}
        <label class="field">
          {t("login.password")}
          <input type="password" autocomplete="current-password" required autofocus value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
        </label>
        {error && <p class="field-error" role="alert">{error}</p>}
        <div class="row">
          <button class="button is-primary" type="submit" disabled={busy}>{t("lock.open")}</button>
          <a class="button" href="/login?out=1">{t("lock.other")}</a>
        </div>
      </form>
    </Dialog>
  );
}
