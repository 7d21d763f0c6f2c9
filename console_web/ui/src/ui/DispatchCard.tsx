/** One dispatch as the operator sees it: agency, the four steps with their times, and a warning where nobody answers. */
import type { Dispatch, DispatchState } from "../api/types";
import { t } from "../locale";
import { toneOf } from "../state/agencies";
import { nowMs } from "../state/store";
import { clock, elapsed } from "../time";
import { IconWarn } from "./icons";
import { AgencyMark, StepIcon } from "./marks";

export const STEPS: readonly DispatchState[] = ["sent", "received", "en_route", "on_scene", "closed"];

/** Without "recibido" after this long the operator is told to call: NFPA's 60 s is our goal too (shared goal A10). */
export const ANSWER_GOAL_MS = 60_000;

export function unanswered(dispatch: Dispatch, now: number): boolean {
  return dispatch.state === "sent" && now - dispatch.created_wall_ms > ANSWER_GOAL_MS;
}

export function DispatchCard({ dispatch }: { dispatch: Dispatch }) {
  const reached = STEPS.indexOf(dispatch.state);
  const late = unanswered(dispatch, nowMs.value);
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
      {late && <p class="late" role="alert"><IconWarn />{t("dispatch.late")}</p>}
    </article>
  );
}
