/** Who is involved in an incident. Loaded only when somebody opens it: reading is written into the audit. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Incident, Person, PersonWords } from "../../../api/types";
import { t } from "../../../locale";
import { putIncident } from "../../../state/store";
import { Dialog } from "../../../ui/Dialog";
import { say, sayError, useAction } from "../../../ui/notices";
import { PersonCard } from "../../../ui/PersonCard";
import { newKey } from "../draft";
import { Reason } from "./Reason";
import { incidentDialog } from "./shown";

const ROLES: readonly Person["role"][] = ["aggrieved", "complainant", "witness", "detained"];
const DOCUMENTS: readonly Person["document_kind"][] = ["none", "dni", "ce", "passport"];
const EMPTY: PersonWords = { role: "aggrieved", name: "", document_kind: "none", document_number: "", phone: "", statement: "", reason: "" };

interface FormProps {
  incident: Incident;
  person: Person | null;
  onDone: () => void;
}

function Form({ incident, person, onDone }: FormProps) {
  const [words, setWords] = useState<PersonWords>(person ? { ...EMPTY, role: person.role, name: person.name, document_kind: person.document_kind, document_number: person.document_number, phone: person.phone, statement: person.statement } : EMPTY);
  const [idempotency_key] = useState(newKey);
  const { busy, run } = useAction();
  const set = (name: keyof PersonWords) => (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => {
    setWords({ ...words, [name]: event.currentTarget.value });
  };
  const needed = person !== null || incident.state === "closed";
  const said = [words.name, words.document_number, words.phone, words.statement].some((text) => (text ?? "").trim() !== "");
  const good = said && (!needed || (words.reason ?? "").trim() !== "");
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putIncident(person
        ? await api.changePerson(incident.incident_id, person.person_id, { ...words, base_version: person.version })
        : await api.addPerson(incident.incident_id, { ...words, idempotency_key }));
      say(t("person.saved"));
      onDone();
    });
  };
  return (
    <form class="form" onSubmit={submit}>
      <div class="field">{t("person.role")}
        <div class="choices is-wrap" role="radiogroup" aria-label={t("person.role")}>
          {ROLES.map((role) => (
            <label key={role} class={role === words.role ? "choice is-on" : "choice"}><input type="radio" name="role" checked={role === words.role} onChange={() => setWords({ ...words, role })} />{t(`person.role.${role}`)}</label>
          ))}
        </div>
      </div>
      <label class="field">{t("person.name")}<input autofocus maxLength={120} value={words.name} onInput={set("name")} /></label>
      <div class="call-pair">
        <label class="field">{t("person.document")}
          <select value={words.document_kind} onChange={(e) => setWords({ ...words, document_kind: e.currentTarget.value as Person["document_kind"], document_number: e.currentTarget.value === "none" ? "" : words.document_number })}>
            {DOCUMENTS.map((kind) => <option key={kind} value={kind}>{t(`person.document.${kind}`)}</option>)}
          </select>
        </label>
        <label class="field">{t("person.number")}<input class="num" maxLength={16} disabled={words.document_kind === "none"} value={words.document_number} onInput={set("document_number")} /></label>
      </div>
      <label class="field">{t("call.phone")}<input class="num" maxLength={24} inputMode="tel" value={words.phone} onInput={set("phone")} /></label>
      <label class="field">{t("person.statement")}<textarea rows={3} maxLength={2000} value={words.statement} onInput={set("statement")} /></label>
      {needed && <label class="field">{t("case.reason.needed")}<input required maxLength={1000} value={words.reason} onInput={set("reason")} /></label>}
      <div class="row">
        <button type="submit" class="button is-primary" disabled={busy || !good}>{t("save")}</button>
        <button type="button" class="button" onClick={onDone}>{t("cancel")}</button>
      </div>
    </form>
  );
}

export function Persons({ incident, acts }: { incident: Incident; acts: boolean }) {
  const [found, setFound] = useState<{ items: readonly Person[]; earlier: readonly Person[] } | null>(null);
  const [edited, setEdited] = useState<Person | "new" | null>(null);
  const [leaving, setLeaving] = useState<Person | null>(null);
  const [loads, setLoads] = useState(0);
  const { busy, run } = useAction();
  useEffect(() => {
    let current = true;
    api.persons(incident.incident_id).then((persons) => { if (current) setFound(persons); }, sayError);
    return () => {
      current = false;
    };
  }, [incident.incident_id, loads]);
  const cancel = (): void => {
    incidentDialog.value = null;
  };
  const done = (): void => {
    setEdited(null);
    setLeaving(null);
    setLoads((n) => n + 1);
  };
  const remove = (reason: string): void => {
    if (leaving === null) return;
    void run(async () => {
      putIncident(await api.removePerson(incident.incident_id, leaving.person_id, leaving.version, reason));
      done();
    });
  };
  return (
    <Dialog title={t("person.title", { number: incident.number })} onClose={cancel} wide>
      <p class="hint">{t("person.law")}</p>
      {edited !== null ? <Form key={edited === "new" ? "new" : edited.person_id} incident={incident} person={edited === "new" ? null : edited} onDone={done} /> : (
        <>
          <ul class="case-persons">
            {(found?.items ?? []).map((person) => (
              <PersonCard key={person.person_id} person={person} earlier={(found?.earlier ?? []).filter((old) => old.person_id === person.person_id)}>
                {acts && <div class="row"><button type="button" class="button is-small" onClick={() => setEdited(person)}>{t("case.amend")}</button><button type="button" class="button is-small" onClick={() => setLeaving(person)}>{t("case.remove")}</button></div>}
              </PersonCard>
            ))}
          </ul>
          {found?.items.length === 0 && <p class="empty">{t("person.none")}</p>}
          {leaving !== null && <Reason key={leaving.person_id} label={t("person.remove.why", { name: leaving.name || t("person.unnamed") })} action={t("case.remove")} busy={busy} onSend={remove} onCancel={() => setLeaving(null)} />}
          <div class="row">
            {acts && <button type="button" class="button is-primary" onClick={() => setEdited("new")}>{t("person.add")}</button>}
            <button type="button" class="button" onClick={cancel}>{t("close")}</button>
          </div>
        </>
      )}
    </Dialog>
  );
}
