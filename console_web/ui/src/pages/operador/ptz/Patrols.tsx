/** Patrols of the configuration, one over all positions, and the tours that the camera runs by itself. */
import * as api from "../../../api/endpoints";
import { t } from "../../../locale";
import type { PartProps } from "./Positions";

export function Patrols({ state, busy, cameraId, act }: PartProps) {
  const running = state?.patrol ?? "";
  const toggle = (name: string): void => act(() => api.ptzPatrol(cameraId, running === name ? null : name));
  return (
    <div class="ptz-part">
      <h3>{t("ptz.patrols")}</h3>
      <div class="ptz-list">
        {state?.patrols.map((name) => <button key={name} type="button" class="button" aria-pressed={running === name} disabled={busy} onClick={() => toggle(name)}>{name}</button>)}
        {(state?.presets.length ?? 0) > 1 && <button type="button" class="button" aria-pressed={running === "*"} disabled={busy} onClick={() => toggle("*")}>{t("ptz.patrol.all")}</button>}
        {state?.tours.map((tour) => (
          <button key={tour.token} type="button" class="button" aria-pressed={tour.running} disabled={busy} onClick={() => act(() => api.ptzTour(cameraId, tour.token, !tour.running))}>{t("ptz.tour", { name: tour.name })}</button>
        ))}
      </div>
      {running && <p class="hint">{t(state?.patrol_held ? "ptz.patrol.held" : "ptz.patrol.runs")}</p>}
    </div>
  );
}
