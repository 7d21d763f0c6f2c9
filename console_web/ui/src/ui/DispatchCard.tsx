/** One dispatch as the operator sees it: agency, the four steps with their times, and a warning where nobody answers. */
import { useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Dispatch, DispatchState } from "../api/types";
import { t } from "../locale";
import { agencyOf, toneOf } from "../state/agencies";
import { nowMs, putDispatch } from "../state/store";
import { clock, elapsed } from "../time";
import { CallBack, callDue } from "./CallBack";
import { CloseDispatch } from "./CloseDispatch";
import { DeliveryLine } from "./Delivery";
import { IconWarn } from "./icons";
import { AgencyMark, StepIcon } from "./marks";
import { useAction } from "./notices";

export const STEPS: readonly DispatchState[] = ["sent", "received", "en_route", "on_scene", "closed"];

/** Without "recibido" after this long the operator is told to call: NFPA's 60 s is our goal too (shared goal A10). */
export const ANSWER_GOAL_MS = 60_000;

export function unanswered(dispatch: Dispatch, now: number): boolean {
  return dispatch.state === "sent" && now - dispatch.created_wall_ms > ANSWER_GOAL_MS;
}

/** An agency that is reached by voice has nobody who presses the steps: who hears them does. */
function ByVoice({ dispatch }: { dispatch: Dispatch }) {
  const [closing, setClosing] = useState(false);
  const { busy, run } = useAction();
  const later = STEPS.slice(STEPS.indexOf(dispatch.state) + 1).filter((step) => step !== "received");
  return (
    <div class="row">
      {later.map((step) => (
        <button key={step} type="button" class="button is-small" disabled={busy}
          onClick={() => (step === "closed" ? setClosing(true) : void run(async () => putDispatch(await api.advanceDispatch(dispatch.dispatch_id, step, ""))))}>
          <StepIcon state={step} />{t(`step.${step as Exclude<DispatchState, "sent">}`)}
        </button>
      ))}
      {closing && <CloseDispatch dispatch={dispatch} onClose={() => setClosing(false)} onDone={() => setClosing(false)} />}
    </div>
  );
}

export function DispatchCard({ dispatch, acts = false }: { dispatch: Dispatch; acts?: boolean }) {
  const reached = STEPS.indexOf(dispatch.state);
  const late = unanswered(dispatch, nowMs.value) && !callDue(dispatch);
  const end = dispatch.times.closed ?? nowMs.value;
  return (
    <article class={`dispatch-card agency-edge-${toneOf(dispatch.agency)} ${late ? "is-late" : ""}`}>
      <header>
        <AgencyMark agency={dispatch.agency} />
        <span class="num">{elapsed(end - dispatch.created_wall_ms)}</span>
      </header>
      <ol class="steps">
        {STEPS.map((step, i) => {
          const at = dispatch.times[step] ?? (step === "sent" ? dispatch.created_wall_ms : undefined);
          return (
            <li key={step} class={i < reached ? "is-done" : i === reached ? "is-now" : "is-next"} aria-current={i === reached ? "step" : undefined}>
              <StepIcon state={step} />
              <span>{t(`dispatch.${step}`)}</span>
              <time class="num">{at === undefined ? "–" : clock(at)}</time>
            </li>
          );
        })}
      </ol>
      {dispatch.note && <p class="dispatch-note">“{dispatch.note}”</p>}
      {dispatch.unit_name && <p>{t("units.named", { name: dispatch.unit_name })}</p>}
      {dispatch.result && <p><strong>{t(`result.${dispatch.result}`)}</strong>{dispatch.receiver_name && ` · ${dispatch.receiver_name}, CIP ${dispatch.receiver_cip}, ${dispatch.receiver_station}`}</p>}
      <DeliveryLine dispatch={dispatch} />
      {dispatch.late_step && <p class="late" role="alert"><IconWarn />{t("dispatch.late.step", { step: t(`dispatch.${dispatch.late_step}`) })}</p>}
      {late && <p class="late" role="alert"><IconWarn />{t("dispatch.late")}</p>}
      {acts && callDue(dispatch) && <CallBack dispatch={dispatch} />}
      {acts && dispatch.state !== "closed" && (dispatch.called_wall_ms !== null || agencyOf(dispatch.agency)?.channel !== "board") && <ByVoice dispatch={dispatch} />}
    </article>
  );
}
