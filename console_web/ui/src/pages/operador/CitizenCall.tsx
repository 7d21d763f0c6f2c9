/** A citizen's call: what is told, and the cameras near the place, the best first. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import type { CallOrigin, NearCamera } from "../../api/types";
import { t } from "../../locale";
import { camerasByNumber, putIncident } from "../../state/store";
import { clock } from "../../time";
import { Dialog } from "../../ui/Dialog";
import { CameraNumber, Kbd } from "../../ui/marks";
import { say, useAction } from "../../ui/notices";
import { PriorityChoice } from "../../ui/PriorityChoice";
import { TypePicker } from "../../ui/TypePicker";
import { useOccurrences } from "../../ui/useOccurrences";
import { newKey } from "./draft";
import { selectIncident } from "./selection";

export const ORIGINS: readonly CallOrigin[] = ["105", "911", "own", "radio", "in_person"];
const SEARCH_MS = 250;

/** A camera no farther than this from where the caller is sees him, or whoever runs from there. */
const NEAR_M = 150;
/** What the server takes. */
const MOST_FURTHER = 5;

/** When the telephone rang, while the form is open. */
export const callSinceMs = signal<number | null>(null);

/** "-7.16, -78.51", as maps write it; null for what is none. Pure. */
export function coordinates(text: string): [number, number] | null {
  const match = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  if (!match) return null;
  const [latitude, longitude] = [Number(match[1]), Number(match[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null;
}

/** Cameras near what was typed so far. */
function useNear(place: string, at: string): NearCamera[] {
  const [found, setFound] = useState<NearCamera[]>([]);
  useEffect(() => {
    const location = coordinates(at);
    if (place.trim().length < 3 && !location) {
      setFound([]);
      return undefined;
    }
    // An answer that comes late, or none, leaves what is shown: every camera can be chosen by hand.
    let current = true;
    const timer = setTimeout(() => api.nearby(place, location).then((items) => { if (current) setFound(items); }, () => undefined), SEARCH_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [place, at]);
  return found;
}

function Form({ sinceMs }: { sinceMs: number }) {
  const types = useOccurrences();
  const [origin, setOrigin] = useState<CallOrigin>("own");
  const [text, setText] = useState({ caller: "", phone: "", place: "", sector: "", at: "", note: "" });
  const [type, setType] = useState("");
  const [priority, setPriority] = useState(2);
  const [camera, setCamera] = useState<string | null>(null);
  const [also, setAlso] = useState<Readonly<Record<string, boolean>>>({});
  const [idempotency_key] = useState(newKey);
  const { busy, run } = useAction();
  const near = useNear(text.place, text.at);
  const chosen = camera ?? near[0]?.camera_id ?? "";
  const isAlso = (n: NearCamera): boolean => n.camera_id !== chosen && (also[n.camera_id] ?? (n.metres !== null && n.metres <= NEAR_M));
  const set = (name: keyof typeof text) => (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => {
    setText({ ...text, [name]: event.currentTarget.value });
  };
  const close = (): void => {
    callSinceMs.value = null;
  };
  const good = type !== "" && chosen !== "" && text.place.trim() !== "" && (text.at.trim() === "" || coordinates(text.at) !== null);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!good) return;
    void run(async () => {
      const incident = await api.openByCall({
        camera_id: chosen, occurred_wall_ms: sinceMs, type_code: type, priority, note: text.note.trim(), origin, caller: text.caller.trim(), phone: text.phone.trim(),
        place: text.place.trim(), sector: text.sector.trim(), location: coordinates(text.at), idempotency_key,
        further_cameras: near.filter(isAlso).slice(0, MOST_FURTHER).map((n) => n.camera_id),
      });
      putIncident(incident);
      selectIncident(incident.incident_id);
      say(t("saw.done", { number: incident.number }));
      close();
    });
  };
  return (
    <Dialog title={t("call.title")} onClose={close} wide>
      <form class="form call-form" onSubmit={submit}>
        <div class="call-columns">
          <div class="form">
            <div class="field">{t("call.origin")} <span class="num">{clock(sinceMs)}</span>
              <div class="choices is-wrap" role="radiogroup" aria-label={t("call.origin")}>
                {ORIGINS.map((o) => (
                  <label key={o} class={o === origin ? "choice is-on" : "choice"}><input type="radio" name="origin" checked={o === origin} onChange={() => setOrigin(o)} />{t(`call.origin.${o}`)}</label>
                ))}
              </div>
            </div>
            <label class="field">{t("call.place")}<input autofocus required maxLength={200} placeholder={t("call.place.example")} value={text.place} onInput={set("place")} /></label>
            <div class="call-pair">
              <label class="field">{t("call.sector")}<input maxLength={60} value={text.sector} onInput={set("sector")} /></label>
              <label class="field">{t("call.at")}<input class="num" placeholder="-7.1638, -78.5003" aria-invalid={text.at.trim() !== "" && coordinates(text.at) === null} value={text.at} onInput={set("at")} /></label>
            </div>
            <div class="field">{t("form.type")}
              <TypePicker types={types} value={type} onChange={(next) => { setType(next.code); setPriority(next.priority); }} />
            </div>
            <div class="field">{t("form.priority")}<PriorityChoice value={priority} onChange={setPriority} /></div>
          </div>
          <div class="form">
            <div class="field">{t("call.cameras")}
              <div class="call-near" role="radiogroup" aria-label={t("call.cameras")}>
                {near.length === 0 && <small>{t("call.cameras.none")}</small>}
                {near.map((n) => (
                  <div key={n.camera_id} class="call-near-one">
                    <label class={n.camera_id === chosen ? "choice is-on" : "choice"}>
                      <input type="radio" name="camera" checked={n.camera_id === chosen} onChange={() => setCamera(n.camera_id)} />
                      <CameraNumber number={n.number} /><span>{n.name}{n.metres !== null && <small class="num">{t("call.metres", { metres: n.metres })}</small>}</span>
                    </label>
                    <label class="call-also">
                      <input type="checkbox" disabled={n.camera_id === chosen} checked={isAlso(n)} aria-label={t("call.also.named", { number: n.number })}
                        onChange={(e) => setAlso({ ...also, [n.camera_id]: e.currentTarget.checked })} />{t("call.also")}
                    </label>
                  </div>
                ))}
              </div>
              <select aria-label={t("call.camera.any")} value={near.some((n) => n.camera_id === chosen) ? "" : chosen} onChange={(e) => setCamera(e.currentTarget.value || null)}>
                <option value="">{t("call.camera.any")}</option>
                {camerasByNumber.value.map((c) => <option key={c.camera_id} value={c.camera_id}>{c.number} · {c.name}</option>)}
              </select>
            </div>
            <div class="call-pair">
              <label class="field">{t("call.caller")}<input maxLength={80} value={text.caller} onInput={set("caller")} /></label>
              <label class="field">{t("call.phone")}<input class="num" maxLength={24} inputMode="tel" pattern="[0-9+ ()#*\-]*" value={text.phone} onInput={set("phone")} /></label>
            </div>
            <label class="field">{t("call.told")}<textarea rows={3} maxLength={1000} value={text.note} onInput={set("note")} /></label>
          </div>
        </div>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !good}>{t("saw.open")}</button>
          <button type="button" class="button" onClick={close}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}

export function CitizenCall() {
  const since = callSinceMs.value;
  return since === null ? null : <Form key={since} sinceMs={since} />;
}

export function answerCall(): void {
  callSinceMs.value = serverNowMs();
}
