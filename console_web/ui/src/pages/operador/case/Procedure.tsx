/** The checklist of an incident's type: ticked, or why a step does not apply, with who and when. */
import { useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Incident, ProcedureStep } from "../../../api/types";
import { t } from "../../../locale";
import { putIncident } from "../../../state/store";
import { clock } from "../../../time";
import { useAction } from "../../../ui/notices";
import { Reason } from "./Reason";

/** Required steps that nobody ticked: closing warns of them. */
export function pendingSteps(incident: Incident): ProcedureStep[] {
  return incident.procedure.filter((step) => step.required && step.state === null);
}

function Step({ step, acts, busy, onTick, onNot }: { step: ProcedureStep; acts: boolean; busy: boolean; onTick: () => void; onNot: () => void }) {
  const by = step.wall_ms === null ? "" : [clock(step.wall_ms), step.actor, step.terminal].filter(Boolean).join(" · ");
  return (
    <li class={`case-step ${step.state === null ? "" : "is-ticked"}`}>
      <label>
        <input type="checkbox" checked={step.state === "done"} disabled={!acts || busy} onChange={onTick} />
        <span>{step.text}{step.required && <b class="case-required" title={t("case.step.required")}>*</b>}
          {step.state === "not_applicable" && <small>{t("case.step.not")}: {step.reason}</small>}
          {by && <small class="num">{by}</small>}
        </span>
      </label>
      {acts && step.state === null && <button type="button" class="button is-small" disabled={busy} aria-label={t("case.step.not.of", { step: step.text })} onClick={onNot}>{t("case.step.not")}</button>}
    </li>
  );
}

export function Procedure({ incident, acts }: { incident: Incident; acts: boolean }) {
  const [skipping, setSkipping] = useState<string | null>(null);
  const { busy, run } = useAction();
  const set = (step: string, state: ProcedureStep["state"], reason = ""): void => {
    void run(async () => {
      putIncident(await api.tickStep(incident.incident_id, step, state, reason));
      setSkipping(null);
    });
  };
  const ticked = incident.procedure.filter((step) => step.state !== null).length;
  if (incident.procedure.length === 0) return null;
  return (
    <>
      <h3 class="sub-title">{t("case.procedure")}<span class="badge num">{ticked}/{incident.procedure.length}</span></h3>
      <ul class="case-list">
        {incident.procedure.map((step) => (
          <Step key={step.step} step={step} acts={acts} busy={busy} onTick={() => set(step.step, step.state === null ? "done" : null)} onNot={() => setSkipping(step.step)} />
        ))}
      </ul>
      {skipping !== null && (
        <Reason key={skipping} label={t("case.step.not.why", { step: incident.procedure.find((s) => s.step === skipping)?.text ?? "" })} action={t("case.step.not")} busy={busy}
          onSend={(reason) => set(skipping, "not_applicable", reason)} onCancel={() => setSkipping(null)} />
      )}
    </>
  );
}
