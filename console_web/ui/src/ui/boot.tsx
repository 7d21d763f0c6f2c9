/** Starts a page: session, zone, clock, feed, then the shell around the page's panels. */
import { type ComponentChildren, render } from "preact";
import { ApiError, whenUnauthenticated } from "../api/client";
import * as api from "../api/endpoints";
import type { Session } from "../api/types";
import { locale, t } from "../locale";
import { homeOf, pagesOf, type Page } from "../state/roles";
import { armSound } from "../state/sound";
import { adopt } from "../state/session";
import { ready, startClock, startFeed, type Wanted } from "../state/store";
import { sessionEnded } from "./lock";
import { Shell } from "./Shell";
import { steadyHands } from "./steadyHand";
import "../styles/index.css";

function toLogin(page: Page): void {
  location.replace(`/login?next=${encodeURIComponent(`/${page}`)}`);
}

async function findSession(page: Page, root: HTMLElement): Promise<Session | null> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await api.session();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        toLogin(page);
        return null;
      }
      render(<div class="starting" role="alert"><strong>{t("starting.waiting")}</strong><p>{error instanceof ApiError ? error.message : ""}</p></div>, root);
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 1000 * (attempt + 1))));
    }
  }
}

export async function boot(page: Page, wanted: (session: Session) => Wanted, content: () => ComponentChildren): Promise<void> {
  document.documentElement.lang = locale;
  const root = document.getElementById("app");
  if (!root) return;
  const found = await findSession(page, root);
  if (!found) return;
  if (found.user.must_change_password) {
    toLogin(page);
    return;
  }
  if (!pagesOf(found.user.role).includes(page)) {
    location.replace(homeOf(found.user.role));
    return;
  }
  adopt(found);
  document.title = `${t(`page.${page}`)} · ${found.site}`;
  startClock();
  armSound();
  steadyHands();
  // The session may end under an open page (idle, another log-in, disabled): ask for the password over it, keep what is typed.
  whenUnauthenticated(() => void sessionEnded());
  const wants = wanted(found);
  if (Object.keys(wants).length > 0) startFeed(wants, () => void sessionEnded());
  else ready.value = true;
  render(<Shell page={page}>{content()}</Shell>, root);
}
