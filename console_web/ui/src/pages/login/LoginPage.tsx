/** Name, password and terminal; then, where it is demanded, a password of one's own. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, setCsrfToken, setTerminalName, terminalName } from "../../api/client";
import * as api from "../../api/endpoints";
import { changeLocale, locale, t } from "../../locale";
import { IconEye, IconLock, IconWarn } from "../../ui/icons";
import { opened } from "../../state/presence";
import { enter } from "./enter";

const SHORTEST = 12;

interface Fault {
  message: string;
  remedy: string;
}

function faultOf(error: unknown): Fault {
  return error instanceof ApiError ? { message: error.message, remedy: error.remedy } : { message: t("error.unexpected"), remedy: t("error.unexpected.remedy") };
}

function FaultText({ fault }: { fault: Fault | null }) {
  return <div role="alert">{fault && <p class="field-error"><IconWarn /><span><strong>{fault.message}</strong> {fault.remedy}</span></p>}</div>;
}

function PasswordField({ label, name, value, onInput, autofocus = false }: { label: string; name: string; value: string; onInput: (value: string) => void; autofocus?: boolean }) {
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // Browsers follow the attribute once in a page's life, and the log-in's name had it.
  useLayoutEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  return (
    <label class="field">{label}
      <span class="password">
        <input ref={input} {...(shown ? { type: "text" } : { type: "password" })} name={name} autocomplete={name === "current" ? "current-password" : "new-password"}
          required value={value} onInput={(e) => onInput(e.currentTarget.value)} />
        <button type="button" class="icon-button" aria-pressed={shown} aria-label={t("login.show")} onClick={() => setShown(!shown)}><IconEye /></button>
      </span>
    </label>
  );
}

function ChangePassword({ known, onDone }: { known: string; onDone: () => Promise<void> }) {
  const [current, setCurrent] = useState(known);
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (next.length < SHORTEST) return setFault({ message: t("password.short", { count: SHORTEST }), remedy: t("password.short.remedy") });
    if (next !== again) return setFault({ message: t("password.differ"), remedy: t("password.differ.remedy") });
    setBusy(true);
    setFault(null);
    try {
      await api.changePassword(current, next);
      await onDone();
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form login" onSubmit={(e) => void submit(e)}>
      <h1><IconLock />{t("password.title")}</h1>
      <p class="hint">{t("password.why", { count: SHORTEST })}</p>
      {!known && <PasswordField label={t("password.current")} name="current" value={current} onInput={setCurrent} autofocus />}
      <PasswordField label={t("password.new")} name="new" value={next} onInput={setNext} autofocus={known !== ""} />
      <PasswordField label={t("password.again")} name="again" value={again} onInput={setAgain} />
      <FaultText fault={fault} />
      <button type="submit" class="button is-primary is-big" disabled={busy}>{t("password.save")}</button>
    </form>
  );
}

export function LoginPage({ mustChange }: { mustChange: boolean }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [terminal, setTerminal] = useState(terminalName());
  const [changing, setChanging] = useState(mustChange);
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFault(null);
    setTerminalName(terminal);
    try {
      const session = await api.login(name.trim(), password);
      setCsrfToken(session.csrf_token);
      opened();
      if (session.user.must_change_password) setChanging(true);
      else enter(session);
    } catch (error) {
      setFault(faultOf(error));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login-page">
      {changing ? <ChangePassword known={password} onDone={async () => enter(await api.session())} /> : (
        <form class="form login" onSubmit={(e) => void submit(e)}>
          <h1><img src="/favicon.svg" alt="" width="40" height="40" />{t("login.title")}</h1>
          <label class="field">{t("login.name")}
            <input name="name" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus value={name} onInput={(e) => setName(e.currentTarget.value)} />
          </label>
          <PasswordField label={t("login.password")} name="current" value={password} onInput={setPassword} />
          <label class="field">{t("login.terminal")}
            <input name="terminal" maxLength={40} placeholder={t("login.terminal.example")} value={terminal} onInput={(e) => setTerminal(e.currentTarget.value)} />
            <small>{t("login.terminal.hint")}</small>
          </label>
          <FaultText fault={fault} />
          <button type="submit" class="button is-primary is-big" disabled={busy}>{t(busy ? "login.busy" : "login.enter")}</button>
          <p class="hint">{t("login.watched")}</p>
          <button type="button" class="button is-quiet is-small" onClick={() => changeLocale(locale === "en" ? "es-PE" : "en")}>{t("language.other")}</button>
        </form>
      )}
    </main>
  );
}
