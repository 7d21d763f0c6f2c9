/** The call that is due where nobody said "recibido": whom one spoke to and what was read back, or that nobody answered. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Dispatch } from "../api/types";
import { t } from "../locale";
import { agencyName, agencyOf } from "../state/agencies";
import { melody, play } from "../state/sound";
import { feed, nowMs, putDispatch, session } from "../state/store";
import { elapsed } from "../time";
import { IconWarn } from "./icons";
import { Kbd } from "./marks";
import { useAction } from "./notices";

const AGAIN_MS = 10_000;

/** The key K asks for the first field of the call that is due; the form takes it once it is there. */
export const callbackWanted = signal(false);

export function callDue(dispatch: Dispatch): boolean {
  return dispatch.state === "sent" && dispatch.call_due_wall_ms !== null;
}

export function CallBack({ dispatch }: { dispatch: Dispatch }) {
  const [spokenTo, setSpokenTo] = useState("");
  const [readBack, setReadBack] = useState("");
  const { busy, run } = useAction();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!callbackWanted.value) return;
    callbackWanted.value = false;
    first.current?.focus();
  }, [callbackWanted.value]);
  const contact = agencyOf(dispatch.agency)?.contact ?? "";
  const ready = spokenTo.trim() !== "" && readBack.trim() !== "";
  const done = (answered: boolean): void => {
    void run(async () => putDispatch(await api.callBack(dispatch.dispatch_id, { answered, spoken_to: spokenTo.trim(), read_back: readBack.trim() })));
  };
  return (
    <form class="call-back form" onSubmit={(e) => { e.preventDefault(); if (ready) done(true); }}>
      <strong role="alert"><IconWarn />{t("callback.title", { agency: agencyName(dispatch.agency), contact: contact || "—" })}
        {" "}<span class="num">{elapsed(nowMs.value - (dispatch.call_due_wall_ms ?? nowMs.value))}</span></strong>
      <label class="field">{t("callback.spoken")}<input ref={first} required maxLength={120} value={spokenTo} onInput={(e) => setSpokenTo(e.currentTarget.value)} /></label>
      <label class="field">{t("callback.read")}<input required maxLength={400} value={readBack} onInput={(e) => setReadBack(e.currentTarget.value)} /></label>
      <div class="row">
        <button type="submit" class="button is-primary" disabled={busy || !ready}>{t("callback.confirm")}<Kbd>Enter</Kbd></button>
        <button type="button" class="button" disabled={busy} onClick={() => done(false)}>{t("callback.nobody")}</button>
      </div>
    </form>
  );
}

/** Sounds for the desk's people as long as a call is due, and names the incidents: for operators at once, for the supervisor once it was escalated to him. `hasKey`: the page hears K, which leads to the call. */
export function CallsDue({ hasKey }: { hasKey: boolean }) {
  const role = session.value?.user.role;
  const least = role === "supervisor" ? 2 : 1;
  const due = [...feed.value.incidents.values()].filter((incident) => incident.dispatches.some((each) => callDue(each) && each.escalation >= least));
  const loud = due.map((incident) => incident.incident_id).join(" ");
  useEffect(() => {
    if (!loud) return undefined;
    play(melody(1));
    const timer = setInterval(() => play(melody(1)), AGAIN_MS);
    return () => clearInterval(timer);
  }, [loud]);
  if (due.length === 0) return null;
  return <div class="escalation-band" role="alert"><IconWarn /><strong>{t("callback.band", { numbers: due.map((incident) => incident.number).join(", ") })}</strong>{hasKey && <Kbd>K</Kbd>}</div>;
}
