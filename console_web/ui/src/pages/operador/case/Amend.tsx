/** What is said of an incident, said anew, and all that was said before. Each time a version; what somebody else wrote meanwhile is refused, not overwritten. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { AmendInput, Incident, IncidentVersion } from "../../../api/types";
import { t, tOr } from "../../../locale";
import { putIncident } from "../../../state/store";
import { clock, fromLocalInput, toLocalInput } from "../../../time";
import { Dialog } from "../../../ui/Dialog";
import { say, sayError, useAction } from "../../../ui/notices";
import { PriorityChoice } from "../../../ui/PriorityChoice";
import { TypePicker } from "../../../ui/TypePicker";
import { useOccurrences } from "../../../ui/useOccurrences";
import { incidentDialog } from "./shown";

/** A field of a version in words. */
function value(version: IncidentVersion, field: string): string {
  switch (field) {
    case "type_code": return version.type_name;
    case "priority": return String(version.priority);
    case "address": return version.address || "–";
    case "occurred_wall_ms": return clock(version.occurred_wall_ms);
    default: return version.note || "–";
  }
}

function History({ versions }: { versions: readonly IncidentVersion[] }) {
  return (
    <ol class="timeline case-history">
      {versions.map((version, i) => {
        const before = versions[i - 1];
        return (
          <li key={version.version} class="timeline-entry">
            <time class="num">{clock(version.wall_ms)}</time>
            <span class="timeline-icon num">{version.version}</span>
            <div>
              {before ? version.changed.map((field) => (
                <span key={field} class="timeline-detail"><strong>{tOr("case.field", field)}</strong>: {value(before, field)} → {value(version, field)}</span>
              )) : <span class="timeline-detail">{["type_code", "priority", "address", "note"].map((field) => value(version, field)).filter((text) => text !== "–").join(" · ")}</span>}
              {version.reason && <span class="timeline-detail">“{version.reason}”</span>}
              <small>{[version.actor, version.terminal].filter(Boolean).join(" · ")}</small>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

export function Amend({ incident, acts }: { incident: Incident; acts: boolean }) {
  const types = useOccurrences();
  // As it was when the form opened: what changes meanwhile is told by the server.
  const [base] = useState(incident);
  const [text, setText] = useState({ address: base.address, note: base.note, at: toLocalInput(base.occurred_wall_ms), reason: "" });
  const [type, setType] = useState(base.type_code);
  const [priority, setPriority] = useState(base.priority);
  const [versions, setVersions] = useState<readonly IncidentVersion[]>([]);
  const { busy, run } = useAction();
  useEffect(() => {
    let current = true;
    api.incidentVersions(incident.incident_id).then((items) => { if (current) setVersions(items); }, sayError);
    return () => {
      current = false;
    };
  }, [incident.incident_id, incident.version]);
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const set = (name: keyof typeof text) => (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => {
    setText({ ...text, [name]: event.currentTarget.value });
  };
  const at = text.at === toLocalInput(base.occurred_wall_ms) ? base.occurred_wall_ms : fromLocalInput(text.at);
  const weighty = type !== base.type_code || priority !== base.priority || at !== base.occurred_wall_ms || base.state === "closed";
  const good = at !== null && (!weighty || text.reason.trim() !== "");
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!good) return;
    const words: AmendInput = { base_version: base.version, reason: text.reason.trim() };
    // Only what was changed is sent: the rest is nobody's doing.
    if (type !== base.type_code) words.type_code = type;
    if (priority !== base.priority) words.priority = priority;
    if (text.address.trim() !== base.address) words.address = text.address.trim();
    if (text.note.trim() !== base.note) words.note = text.note.trim();
    if (at !== base.occurred_wall_ms) words.occurred_wall_ms = at;
    void run(async () => {
      const next = await api.amendIncident(incident.incident_id, words);
      putIncident(next);
      say(t("case.amend.done", { version: next.version }));
      cancel();
    });
  };
  return (
    <Dialog title={t("case.amend.title", { number: incident.number, version: incident.version })} onClose={cancel} wide>
      <div class="call-columns">
        {acts && (
          <form class="form" onSubmit={submit}>
            {incident.version !== base.version && <p class="hint is-warn">{t("case.amend.overtaken")}</p>}
            <div class="field">{t("form.type")}<TypePicker types={types} value={type} onChange={(next) => setType(next.code)} /></div>
            <div class="field">{t("form.priority")}<PriorityChoice value={priority} onChange={setPriority} /></div>
            <label class="field">{t("case.field.address")}<input maxLength={200} value={text.address} onInput={set("address")} /></label>
            <label class="field">{t("case.field.occurred_wall_ms")}<input type="datetime-local" step={1} class="num" value={text.at} onInput={set("at")} /></label>
            <label class="field">{t("case.field.note")}<textarea rows={3} maxLength={2000} value={text.note} onInput={set("note")} /></label>
            <label class="field">{t(weighty ? "case.reason.needed" : "case.reason")}<input maxLength={1000} required={weighty} value={text.reason} onInput={set("reason")} /></label>
            <div class="row">
              <button type="submit" class="button is-primary" disabled={busy || !good}>{t("save")}</button>
              <button type="button" class="button" onClick={cancel}>{t("cancel")}</button>
            </div>
          </form>
        )}
        <div class="form">
          <h3 class="sub-title">{t("case.history")}</h3>
          <History versions={versions} />
          {!acts && <button type="button" class="button" onClick={cancel}>{t("close")}</button>}
        </div>
      </div>
    </Dialog>
  );
}
