/** Who is involved, as who was sent sees it: masked by the server. Loaded only when somebody opens it: reading is written into the audit. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Person } from "../../api/types";
import { t } from "../../locale";
import { incidentTouched } from "../../state/store";
import { sayError } from "../../ui/notices";
import { PersonCard } from "../../ui/PersonCard";

export function Persons({ incidentId }: { incidentId: string }) {
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<readonly Person[] | null>(null);
  const touched = incidentTouched.value.get(incidentId);
  useEffect(() => {
    if (!open) return undefined;
    let current = true;
    api.persons(incidentId).then((persons) => { if (current) setFound(persons.items); }, sayError);
    return () => { current = false; };
  }, [incidentId, open, touched]);
  return (
    <details class="detail-persons" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("case.persons")}</summary>
      <p class="hint">{t("person.law.board")}</p>
      {found === null ? open && <p class="empty">{t("loading")}</p> : found.length === 0 ? <p class="empty">{t("person.none")}</p> : (
        <ul class="case-persons">{found.map((person) => <PersonCard key={person.person_id} person={person} earlier={[]} />)}</ul>
      )}
    </details>
  );
}
