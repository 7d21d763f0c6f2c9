/** Left column: cameras by number or name, day and time with seconds. */
import { useState } from "preact/hooks";
import { serverNowMs } from "../../api/client";
import { locale, t } from "../../locale";
import { findCameras } from "../../state/search";
import { camerasByNumber } from "../../state/store";
import { clock, date, instantOf, isoDate, isoOfWritten, longDate } from "../../time";
import { CameraNumber } from "../../ui/marks";
import { chosen, day, goTo, MOST_CAMERAS, playing, positionMs, toggleCamera } from "./state";

export function Picker() {
  const [query, setQuery] = useState("");
  const [time, setTime] = useState(() => clock(serverNowMs() - 60_000));
  const [fault, setFault] = useState("");
  const found = findCameras(camerasByNumber.value, query);
  const jump = (event: Event): void => {
    event.preventDefault();
    if (written !== null) return setFault(t("picker.day.bad"));
    const instant = instantOf(day.value, time);
    if (instant === null) return setFault(t("picker.time.bad"));
    if (instant > serverNowMs()) return setFault(t("picker.time.future"));
    setFault("");
    goTo(instant);
    playing.value = true;
  };
  // <input type="date"> writes dates in the order of the browser's own language, whatever the page says: 11/23/2026 in an English one.
  const [written, setWritten] = useState<string | null>(null);
  const noon = instantOf(day.value, "12:00") ?? serverNowMs();
  const setDay = (next: string): void => {
    setWritten(null);
    if (next === day.value) return;
    day.value = next;
    positionMs.value = null;
  };
  const writeDay = (text: string): void => {
    const next = isoOfWritten(text);
    if (next === null || (instantOf(next, "00:00") ?? Infinity) > serverNowMs()) setWritten(text);
    else setDay(next);
  };
  const shiftDay = (by: number): void => setDay(isoDate(noon + by * 86_400_000));
  return (
    <section class="panel investigate-picker" aria-label={t("picker.title")}>
      <h2 class="panel-title">{t("picker.when")}</h2>
      <form class="form" onSubmit={jump}>
        <div class="field"><label for="picker-day">{t("picker.day")}</label>
          <span class="row">
            <button type="button" class="button is-small" aria-label={t("picker.day.before")} onClick={() => shiftDay(-1)}>◀</button>
            <input id="picker-day" class="num" inputMode="numeric" required placeholder="23/11/2026" aria-invalid={written !== null} value={written ?? date(noon)}
              onInput={(e) => writeDay(e.currentTarget.value)} onBlur={() => { if (!written) setWritten(null); }} />
            <button type="button" class="button is-small" aria-label={t("picker.day.after")} disabled={day.value >= isoDate(serverNowMs())} onClick={() => shiftDay(1)}>▶</button>
          </span>
          <small>{written === null ? longDate(noon, locale) : t("picker.day.hint")}</small>
        </div>
        <label class="field">{t("picker.time")}
          <span class="row">
            <input class="num" inputMode="numeric" pattern="\d{1,2}:\d{2}(:\d{2})?" placeholder="23:04:09" value={time} onInput={(e) => setTime(e.currentTarget.value)} />
            <button type="submit" class="button is-primary" disabled={chosen.value.length === 0}>{t("picker.go")}</button>
          </span>
        </label>
        {fault && <p class="field-error" role="alert">{fault}</p>}
      </form>
      <h2 class="panel-title">{t("picker.cameras")} <span class="badge num">{chosen.value.length}/{MOST_CAMERAS}</span></h2>
      <div class="camera-list">
        <input type="search" value={query} placeholder={t("grid.search")} aria-label={t("grid.search")} onInput={(e) => setQuery(e.currentTarget.value)}
          onKeyDown={(e) => { if (e.key === "Enter" && found[0]) { toggleCamera(found[0].camera_id); setQuery(""); } }} />
        <ul>
          {found.map((camera) => (
            <li key={camera.camera_id}>
              <button type="button" aria-pressed={chosen.value.includes(camera.camera_id)} class={chosen.value.includes(camera.camera_id) ? "camera-row is-on" : "camera-row"}
                onClick={() => toggleCamera(camera.camera_id)}>
                <CameraNumber number={camera.number} /><span>{camera.name}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
