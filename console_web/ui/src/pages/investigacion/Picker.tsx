/** Left column: cameras by number or name, day and time with seconds. */
import { useState } from "preact/hooks";
import { serverNowMs } from "../../api/client";
import { locale, t } from "../../locale";
import { findCameras } from "../../state/search";
import { camerasByNumber } from "../../state/store";
import { clock, date, instantOf, isoDate, isoOfWritten, isWholeDay, longDate } from "../../time";
import { CameraNumber } from "../../ui/marks";
import { chosen, day, dayWindow, goTo, MOST_CAMERAS, playing, positionMs, toggleCamera } from "./state";

/** A day that has begun; null where that is none. */
function dayWritten(text: string): string | null {
  const iso = isoOfWritten(text);
  return iso === null || (instantOf(iso, "00:00") ?? Infinity) > serverNowMs() ? null : iso;
}

export function Picker() {
  const [query, setQuery] = useState("");
  // A minute ago; just after midnight the day's first moment, because the day that is shown has no 23:59 yet.
  const [time, setTime] = useState(() => clock(Math.max(dayWindow.value.fromMs, serverNowMs() - 60_000)));
  const [fault, setFault] = useState("");
  const found = findCameras(camerasByNumber.value, query);
  const jump = (event: Event): void => {
    event.preventDefault();
    const onDay = written === null ? day.value : dayWritten(written);
    if (onDay === null) return setFault(t("picker.day.bad"));
    setDay(onDay);
    const instant = instantOf(onDay, time);
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
    const next = isWholeDay(text) ? dayWritten(text) : null;
    if (next === null) setWritten(text);
    else setDay(next);
  };
  const leaveDay = (): void => {
    const next = written === null ? null : dayWritten(written);
    if (next !== null) setDay(next);
    else if (!written) setWritten(null);
  };
  const shiftDay = (by: number): void => setDay(isoDate(noon + by * 86_400_000));
  return (
    <section class="panel investigate-picker" aria-label={t("picker.title")}>
      <h2 class="panel-title">{t("picker.when")}</h2>
      <form class="form" onSubmit={jump}>
        <div class="field"><label for="picker-day">{t("picker.day")}</label>
          <span class="row">
            <button type="button" class="button is-small" aria-label={t("picker.day.before")} onClick={() => shiftDay(-1)}>◀</button>
            <input id="picker-day" class="num" inputMode="numeric" required placeholder="23/11/2026" aria-invalid={written !== null && dayWritten(written) === null} value={written ?? date(noon)}
              onInput={(e) => writeDay(e.currentTarget.value)} onBlur={leaveDay} />
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
