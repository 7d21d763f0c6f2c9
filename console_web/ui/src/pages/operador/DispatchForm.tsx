/** Sends an agency: fill in, read the summary, confirm. Nothing is sent without the second step by a person. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Agency, Incident, SuggestedUnit } from "../../api/types";
import { t } from "../../locale";
import { toneOf } from "../../state/agencies";
import { AgencyMark, CameraNumber, Kbd, PriorityMark } from "../../ui/marks";
import { sayError, useAction } from "../../ui/notices";
import { PriorityChoice } from "../../ui/PriorityChoice";
import { TypePicker } from "../../ui/TypePicker";
import { useOccurrences } from "../../ui/useOccurrences";
import { taken } from "./taking";
import { emptyDraft, loadDraft, removeDraft, saveDraft, type Draft } from "./draft";

export interface DispatchTarget {
  /** alert_id, or incident_id where the incident exists already (then type and priority stand). */
  id: string;
  incident: Incident | null;
  cameraId: string;
  cameraNumber: number;
  place: string;
  priority: number;
}

interface Props {
  agency: Agency;
  target: DispatchTarget;
  onCancel: () => void;
  onSent: (incident: Incident) => void;
}

export function DispatchForm({ agency, target, onCancel, onSent }: Props) {
  const types = useOccurrences();
  const [draft, setDraft] = useState<Draft>(() => loadDraft(target.id, agency) ?? emptyDraft(target.priority));
  const [confirming, setConfirming] = useState(false);
  const confirm = useRef<HTMLButtonElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const { busy, run } = useAction();
  const [unit, setUnit] = useState<string | null>(null);
  const [near, setNear] = useState<readonly SuggestedUnit[]>([]);
  useEffect(() => {
    api.nearestUnits(agency, target.cameraId).then(setNear, sayError);
  }, [agency, target.cameraId]);
  const change = (part: Partial<Draft>): void => setDraft((old) => ({ ...old, ...part }));
  // With the render, not after the paint: a reload right after the last letter must not lose it.
  useLayoutEffect(() => saveDraft(target.id, agency, draft), [draft]);
  // A text that is taken up again: the next letters belong to it, and the type has been chosen.
  useLayoutEffect(() => {
    if (complete) note.current?.focus();
  }, []);
  const reviewed = useRef(false);
  useEffect(() => {
    if (confirming) confirm.current?.focus();
    // Back to correct it: what is typed next belongs to the note, not to the page's keys.
    else if (reviewed.current) note.current?.focus();
    reviewed.current = confirming;
  }, [confirming]);
  const typeName = target.incident?.type_name ?? types.find((type) => type.code === draft.type_code)?.name ?? "";
  const complete = target.incident !== null || draft.type_code !== "";
  const priority = target.incident?.priority ?? draft.priority;
  const send = (): void => {
    void run(async () => {
      if (!target.incident) await taken(target.id);
      const { key: idempotency_key } = draft;
      const words = draft.note.trim();
      const incident = target.incident
        ? await api.dispatchIncident(target.id, { agency, note: words, idempotency_key, unit_id: unit })
        : await api.dispatchAlert(target.id, { agency, type_code: draft.type_code, priority: draft.priority, note: words, idempotency_key, unit_id: unit });
      removeDraft(target.id, agency);
      onSent(incident);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && event.ctrlKey && complete && !confirming) {
      event.preventDefault();
      setConfirming(true);
    }
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (confirming) setConfirming(false);
    else onCancel();
  };
  return (
    <form class={`form dispatch-form agency-edge-${toneOf(agency)}`} onKeyDown={onKeyDown} onSubmit={(e) => { e.preventDefault(); if (complete) setConfirming(true); }}>
      <h3><AgencyMark agency={agency} large /></h3>
      {confirming ? (
        <div class="summary">
          <p class="summary-lead">{t("dispatch.summary")}</p>
          <dl>
            <dt>{t("form.to")}</dt><dd><AgencyMark agency={agency} /></dd>
            <dt>{t("form.place")}</dt><dd><CameraNumber number={target.cameraNumber} /> {target.place}</dd>
            <dt>{t("form.type")}</dt><dd><strong>{typeName}</strong></dd>
            <dt>{t("form.priority")}</dt><dd><PriorityMark priority={priority} /></dd>
            {unit && <><dt>{t("units.choose")}</dt><dd>{near.find((each) => each.unit_id === unit)?.call_sign}</dd></>}
            <dt>{t("form.note")}</dt><dd>{draft.note.trim() || t("form.note.none")}</dd>
          </dl>
          <div class="row">
            <button ref={confirm} type="button" class={`button is-agency-${toneOf(agency)} is-big`} disabled={busy} onClick={send}>
              {t(agency === "pnp" ? "dispatch.confirm.pnp" : "dispatch.confirm.serenazgo")}<Kbd>Enter</Kbd>
            </button>
            <button type="button" class="button" disabled={busy} onClick={() => setConfirming(false)}>{t("dispatch.change")}<Kbd>Esc</Kbd></button>
          </div>
        </div>
      ) : (
        <>
          {target.incident ? <p><strong>{typeName}</strong></p> : (
            <>
              <div class="field">{t("form.type")}
                <TypePicker types={types} value={draft.type_code} autofocus={!draft.type_code} onChange={(type) => { change({ type_code: type.code, priority: type.priority }); note.current?.focus(); }} />
              </div>
              <div class="field">{t("form.priority")}<PriorityChoice value={draft.priority} onChange={(p) => change({ priority: p })} /></div>
            </>
          )}
          <label class="field">{t("form.note")}
            <textarea ref={note} rows={3} maxLength={1000} value={draft.note} placeholder={t("form.note.hint")}
              onInput={(e) => change({ note: e.currentTarget.value })} />
          </label>
          {near.length > 0 && (
            <label class="field">{t("units.choose")}
              <select value={unit ?? ""} onChange={(e) => setUnit(e.currentTarget.value || null)}>
                <option value="">{t("units.board")}</option>
                {near.map((each) => <option key={each.unit_id} value={each.unit_id}>
                  {[each.call_sign, t(`unit.kind.${each.kind}`), each.metres === null ? each.sector : t("units.metres", { metres: each.metres }), each.crew].filter(Boolean).join(" · ")}
                </option>)}
              </select>
            </label>
          )}
          <div class="row">
            <button type="submit" class={`button is-agency-${toneOf(agency)}`} disabled={!complete}>{t("dispatch.review")}<Kbd>Ctrl Enter</Kbd></button>
            <button type="button" class="button" onClick={onCancel}>{t("cancel")}<Kbd>Esc</Kbd></button>
          </div>
        </>
      )}
    </form>
  );
}
