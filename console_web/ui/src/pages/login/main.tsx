import { render } from "preact";
import { setCsrfToken } from "../../api/client";
import * as api from "../../api/endpoints";
import { locale, t } from "../../locale";
import "../../styles/index.css";
import { LoginPage } from "./LoginPage";
import { enter } from "./enter";

async function start(): Promise<void> {
  document.documentElement.lang = locale;
  document.title = t("login.title");
  const root = document.getElementById("app");
  if (!root) return;
  let mustChange = false;
  try {
    const session = await api.session();
    setCsrfToken(session.csrf_token);
    if (new URLSearchParams(location.search).has("out")) await api.logout();
    else if (session.user.must_change_password) mustChange = true;
    else {
      enter(session);
      return;
    }
  } catch {
    // Nobody is logged in, or the server is away: the form says so when it is sent.
  }
  render(<LoginPage mustChange={mustChange} />, root);
}

void start();
