/** Users: make one, change role, agency and cameras, disable, give a one-time password. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { User } from "../../api/types";
import { t } from "../../locale";
import { Dialog } from "../../ui/Dialog";
import { IconDone, IconFalse } from "../../ui/icons";
import { AgencyMark, Kbd } from "../../ui/marks";
import { say, sayError, useAction } from "../../ui/notices";
import { UserForm } from "./UserForm";

/** Shown once: it is not stored here, and closing the dialog forgets it. */
function OneTimePassword({ name, password, onClose }: { name: string; password: string; onClose: () => void }) {
  return (
    <Dialog title={t("users.password.title", { name })} onClose={onClose}>
      <p>{t("users.password.once")}</p>
      <p class="one-time"><output>{password}</output></p>
      <p class="hint">{t("users.password.change")}</p>
      <button type="button" class="button is-primary" onClick={onClose}>{t("users.password.noted")}</button>
    </Dialog>
  );
}

type Question = { kind: "password" | "disable"; user: User };

/** What shuts somebody out at that moment is asked about first. */
function Sure({ question: { kind, user }, busy, onYes, onNo }: { question: Question; busy: boolean; onYes: () => void; onNo: () => void }) {
  return (
    <Dialog title={t(`users.${kind}.sure`, { name: user.name })} onClose={onNo}>
      <p>{t(`users.${kind}.means`)}</p>
      <div class="row users-sure">
        <button type="button" class="button is-primary" disabled={busy} onClick={onYes}>{t(`users.${kind}`)}</button>
        <button type="button" class="button" autofocus onClick={onNo}>{t("cancel")}<Kbd>Esc</Kbd></button>
      </div>
    </Dialog>
  );
}

export function Users() {
  const [users, setUsers] = useState<readonly User[] | null>(null);
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [secret, setSecret] = useState<{ name: string; password: string } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const { busy, run } = useAction();
  const load = (): void => {
    api.users().then(setUsers, sayError);
  };
  useEffect(load, []);
  const givePassword = (user: User): void => {
    void run(async () => {
      const { password } = await api.oneTimePassword(user.user_id);
      setSecret({ name: user.name, password });
      load();
    });
  };
  const toggle = (user: User): void => {
    void run(async () => {
      await api.changeUser(user.user_id, { enabled: !user.enabled });
      say(t(user.enabled ? "users.disabled.done" : "users.enabled.done", { name: user.name }));
      load();
    });
  };
  return (
    <section class="panel table-panel" aria-label={t("admin.users")}>
      <h2 class="panel-title">{t("admin.users")}<span class="badge num">{users?.length ?? 0}</span>
        <button type="button" class="button is-primary" onClick={() => setEditing("new")}>{t("users.new")}</button>
      </h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("login.name")}</th><th>{t("users.full")}</th><th>{t("users.role")}</th><th>{t("users.agency")}</th><th>{t("users.cameras")}</th><th>{t("table.state")}</th><th /></tr></thead>
          <tbody>
            {users?.map((u) => (
              <tr key={u.user_id} class={u.enabled ? "" : "is-off"}>
                <td><strong>{u.name}</strong></td><td>{u.full_name}</td><td>{t(`role.${u.role}`)}</td>
                <td>{u.agency ? <AgencyMark agency={u.agency} /> : "—"}</td>
                <td class="num">{u.cameras === null ? t("users.cameras.all") : t("users.cameras.some", { count: u.cameras.length })}</td>
                <td>{u.enabled ? <span class="mark stream-online"><IconDone />{t("users.enabled")}</span> : <span class="mark stream-offline"><IconFalse />{t("users.disabled")}</span>}
                  {u.must_change_password && <small>{t("users.must.change")}</small>}</td>
                <td class="row">
                  <button type="button" class="button is-small" disabled={busy} onClick={() => setEditing(u)}>{t("users.change")}</button>
                  <button type="button" class="button is-small" disabled={busy} onClick={() => setQuestion({ kind: "password", user: u })}>{t("users.password")}</button>
                  <button type="button" class="button is-small" disabled={busy} onClick={() => { if (u.enabled) setQuestion({ kind: "disable", user: u }); else toggle(u); }}>{t(u.enabled ? "users.disable" : "users.enable")}</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {users === null && <p class="empty">{t("loading")}</p>}
      </div>
      {editing && <UserForm user={editing === "new" ? null : editing} onCancel={() => setEditing(null)}
        onSaved={(name, password) => { setEditing(null); load(); if (password) setSecret({ name, password }); else say(t("users.saved", { name })); }} />}
      {question && <Sure question={question} busy={busy} onNo={() => setQuestion(null)} onYes={() => {
        if (question.kind === "password") givePassword(question.user);
        else toggle(question.user);
        setQuestion(null);
      }} />}
      {secret && <OneTimePassword {...secret} onClose={() => setSecret(null)} />}
    </section>
  );
}
