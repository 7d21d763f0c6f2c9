/** The camera's stored positions: the first nine by digit, and a new one from where it looks now. */
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Ptz } from "../../../api/types";
import { t } from "../../../locale";
import { IconClose } from "../../../ui/icons";
import { Kbd } from "../../../ui/marks";

export interface PartProps {
  state: Ptz | null;
  busy: boolean;
  cameraId: string;
  act: (what: () => Promise<Ptz>, done?: string) => void;
}

export function Positions({ state, busy, cameraId, act }: PartProps) {
  const [name, setName] = useState("");
  const [editing, setEditing] = useState(false);
  const store = (event: Event): void => {
    event.preventDefault();
    const wanted = name.trim();
    if (!wanted) return;
    act(() => api.ptzStore(cameraId, wanted), t("ptz.stored", { name: wanted }));
    setName("");
  };
  return (
    <div class="ptz-part is-wide">
      <h3>{t("ptz.positions")}
        <button type="button" class="button is-small is-quiet" aria-pressed={editing} onClick={() => setEditing(!editing)}>{t(editing ? "ptz.edit.done" : "ptz.edit")}</button>
      </h3>
      <div class="ptz-list">
        <button type="button" class="button" disabled={busy} onClick={() => act(() => api.ptzPreset(cameraId, null))}>{t("ptz.home")}<Kbd>H</Kbd></button>
        {state?.presets.map((preset, index) => (
          <span key={preset.token} class="ptz-preset">
            <button type="button" class="button" disabled={busy} onClick={() => act(() => api.ptzPreset(cameraId, preset.token))}>{preset.name}{index < 9 && <Kbd>{index + 1}</Kbd>}</button>
            {editing && <button type="button" class="icon-button" disabled={busy} aria-label={t("ptz.forget", { name: preset.name })} onClick={() => act(() => api.ptzForget(cameraId, preset.token))}><IconClose /></button>}
          </span>
        ))}
      </div>
      {editing && (
        <form class="row" onSubmit={store}>
          <input value={name} maxLength={60} placeholder={t("ptz.store.name")} aria-label={t("ptz.store.name")} onInput={(e) => setName(e.currentTarget.value)} />
          <button type="submit" class="button" disabled={busy || !name.trim()}>{t("ptz.store")}</button>
        </form>
      )}
    </div>
  );
}
