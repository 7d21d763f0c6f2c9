/** Header, lost-connection band, page, notices, help and lock: the same on every page. */
import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { clockOffsetMs, terminalName } from "../api/client";
import * as api from "../api/endpoints";
import { t } from "../locale";
import { mayWork, pagesOf, type Page } from "../state/roles";
import { audible, melody, muted, play, setVolume, volume } from "../state/sound";
import { lostSinceMs, nowMs, ready, session } from "../state/store";
import { type Scope } from "../state/shortcuts";
import { clock, date, elapsed } from "../time";
import { ErrorBoundary } from "./ErrorBoundary";
import { CallsDue } from "./CallBack";
import { DeliveryFaults } from "./Delivery";
import { Escalations } from "./Escalations";
import { Help } from "./Help";
import { IconKeyboard, IconMuted, IconNoSignal, IconOnline, IconOut, IconSound, IconTerminal, IconUser, IconWarn } from "./icons";
import { LockScreen, locked, useIdleLock } from "./lock";
import { AgencyMark } from "./marks";
import { Notices, sayError } from "./notices";
import { useKeys } from "./useKeys";

function SoundControl() {
  const silent = muted.value || volume.value === 0;
  return (
    <div class="sound">
      <button type="button" class="icon-button" aria-pressed={muted.value} title={t("sound.mute")} aria-label={t("sound.mute")}
        onClick={() => (muted.value = !muted.value)}>
        {silent || !audible.value ? <IconMuted /> : <IconSound />}
      </button>
      {!audible.value ? <span class="sound-off">{t("sound.blocked")}</span> : (
        <input type="range" min="0" max="1" step="0.05" value={volume.value} aria-label={t("sound.volume")}
          onInput={(e) => setVolume(Number(e.currentTarget.value))} onChange={() => play(melody(3))} />
      )}
    </div>
  );
}

function Connection() {
  const lost = lostSinceMs.value;
  if (lost !== null) return <span class="mark stream-offline"><IconNoSignal />{t("connection.lost")}</span>;
  // Before the lists came an empty queue means nothing: nobody may take the page for a quiet night.
  if (!ready.value) return <span class="mark">{t("connection.starting")}</span>;
  return <span class="mark stream-online"><IconOnline />{t("connection.ok")}</span>;
}

function LostBand() {
  const since = lostSinceMs.value;
  if (since === null) return null;
  return (
    <div class="lost-band" role="alert">
      <IconNoSignal />
      <strong>{t("lost.title", { since: clock(since) })}</strong>
      <span class="num">({elapsed(nowMs.value - since)})</span>
      <span>{t("lost.remedy")}</span>
    </div>
  );
}

function Header({ page, onHelp }: { page: Page; onHelp: () => void }) {
  const current = session.value;
  if (!current) return null;
  const { user } = current;
  // A registered browser is the seat that the server knows it as.
  const terminal = current.terminal || terminalName();
  const offset = clockOffsetMs.value;
  const leave = async (): Promise<void> => {
    try {
      await api.logout();
    } catch (error) {
      sayError(error);
      return;
    }
    location.assign("/login");
  };
  return (
    <header class="header">
      <span class="header-site">{current.site}</span>
      <nav class="header-nav" aria-label={t("nav")}>
        {pagesOf(user.role).map((p) => (
          <a key={p} href={`/${p}`} aria-current={p === page ? "page" : undefined}>{t(`page.${p}`)}</a>
        ))}
      </nav>
      <span class="header-space" />
      <SoundControl />
      <Connection />
      <span class="header-who" title={t(`role.${user.role}`)}>
        <IconUser />
        <span><strong>{user.full_name || user.name}</strong><small>{t(`role.${user.role}`)}</small></span>
        {user.agency && <AgencyMark agency={user.agency} />}
      </span>
      {terminal && <span class="header-terminal"><IconTerminal />{terminal}</span>}
      <span class="header-clock num">
        <strong>{clock(nowMs.value)}</strong>
        <small>{date(nowMs.value)}</small>
      </span>
      {offset !== 0 && (
        <span class="mark stream-offline" title={t("clock.skewed.remedy")}><IconWarn />{t("clock.skewed", { seconds: Math.round(-offset / 1000) })}</span>
      )}
      <button type="button" class="icon-button" onClick={onHelp} aria-label={t("help.title")} title={`${t("help.title")} (?)`}><IconKeyboard /></button>
      <button type="button" class="button is-quiet" onClick={() => void leave()}><IconOut />{t("logout")}</button>
    </header>
  );
}

const SCOPES: Partial<Record<Page, Scope>> = { operador: "operador", despacho: "despacho", investigacion: "investigacion" };

export function Shell({ page, children }: { page: Page; children: ComponentChildren }) {
  const [help, setHelp] = useState(false);
  useIdleLock(session.value?.idle_lock_s ?? 0);
  useKeys("global", (command) => {
    if (command === "help") setHelp(true);
    else if (command === "mute") muted.value = !muted.value;
    else return false;
    return true;
  });
  return (
    <Fragment>
      <Header page={page} onHelp={() => setHelp(true)} />
      <LostBand />
      {mayWork(session.value?.user.role) && <><Escalations /><CallsDue hasKey={page === "operador"} /><DeliveryFaults /></>}
      {/* inert and hidden: the picture behind the lock is nobody's until the password is given. */}
      <main class={locked.value ? "page is-locked" : "page"} inert={locked.value}>
        <ErrorBoundary panel={t(`page.${page}`)}>{children}</ErrorBoundary>
      </main>
      <Notices />
      {help && <Help scope={SCOPES[page] ?? "global"} onClose={() => setHelp(false)} />}
      <LockScreen />
    </Fragment>
  );
}
