import { useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Role, User, UserInput } from "../../api/types";
import { t } from "../../locale";
import { agencies } from "../../state/agencies";
import { camerasByNumber } from "../../state/store";
import { Dialog } from "../../ui/Dialog";
import { AgencyMark, CameraNumber } from "../../ui/marks";
import { useAction } from "../../ui/notices";

const ROLES: readonly Role[] = ["operator", "supervisor", "dispatcher", "investigator", "admin"];

interface Props {
  user: User | null;
  onCancel: () => void;
  /** `password`: the one-time password where a new user got one. */
  onSaved: (name: string, password: string | null) => void;
}

function Cameras({ value, onChange }: { value: readonly string[]; onChange: (ids: string[]) => void }) {
  const chosen = new Set(value);
  const toggle = (id: string): void => onChange(chosen.has(id) ? value.filter((c) => c !== id) : [...value, id]);
  return (
    <ul class="camera-checks">
      {camerasByNumber.value.map((camera) => (
        <li key={camera.camera_id}><label class="check"><input type="checkbox" checked={chosen.has(camera.camera_id)} onChange={() => toggle(camera.camera_id)} />
          <CameraNumber number={camera.number} />{camera.name}</label></li>
      ))}
    </ul>
  );
}

export function UserForm({ user, onCancel, onSaved }: Props) {
  const [input, setInput] = useState<UserInput>(
    user ?? { name: "", full_name: "", role: "operator", agency: null, cameras: null, enabled: true },
  );
  const { busy, run } = useAction();
  const change = (part: Partial<UserInput>): void => setInput((old) => ({ ...old, ...part }));
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      const { full_name, role, agency, cameras, enabled } = input;
      if (user) {
        await api.changeUser(user.user_id, { full_name, role, agency, cameras, enabled });
        onSaved(user.name, null);
        return;
      }
      const name = input.name.trim();
      const made = await api.createUser({ ...input, name });
      onSaved(name, made.password);
    });
  };
  return (
    <Dialog title={user ? t("users.change.title", { name: user.name }) : t("users.new")} onClose={onCancel} wide>
      <form class="form" onSubmit={submit}>
        {!user && <label class="field">{t("login.name")}
          <input required autofocus maxLength={40} autocapitalize="none" spellcheck={false} value={input.name} onInput={(e) => change({ name: e.currentTarget.value })} /></label>}
        <label class="field">{t("users.full")}<input required maxLength={80} value={input.full_name} onInput={(e) => change({ full_name: e.currentTarget.value })} /></label>
        <label class="field">{t("users.role")}
          <select value={input.role} onChange={(e) => {
            const role = e.currentTarget.value as Role;
            change({ role, agency: role === "dispatcher" ? (input.agency ?? "serenazgo") : null });
          }}>
            {ROLES.map((role) => <option key={role} value={role}>{t(`role.${role}`)}</option>)}
          </select>
        </label>
        {input.role === "dispatcher" && (
          <div class="choices" role="radiogroup" aria-label={t("users.agency")}>
            {agencies().map(({ code: agency }) => (
              <label key={agency} class={agency === input.agency ? "choice is-on" : "choice"}>
                <input type="radio" name="agency" checked={agency === input.agency} onChange={() => change({ agency })} /><AgencyMark agency={agency} />
              </label>
            ))}
          </div>
        )}
        <label class="check"><input type="checkbox" checked={input.cameras === null} onChange={() => change({ cameras: input.cameras === null ? [] : null })} />{t("users.cameras.all")}</label>
        {input.cameras !== null && <Cameras value={input.cameras} onChange={(cameras) => change({ cameras })} />}
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy}>{t("save")}</button>
          <button type="button" class="button" onClick={onCancel}>{t("cancel")}</button>
        </div>
      </form>
    </Dialog>
  );
}
