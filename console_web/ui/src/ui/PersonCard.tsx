/** Somebody who is involved in an incident, as much of it as the server gives to who asks. */
import type { ComponentChildren } from "preact";
import type { Person } from "../api/types";
import { t } from "../locale";
import { clock } from "../time";
import { IconUser } from "./icons";

export function PersonCard({ person, earlier, children }: { person: Person; earlier: readonly Person[]; children?: ComponentChildren }) {
  return (
    <li class="case-person">
      <p><IconUser /><strong>{person.name || t("person.unnamed")}</strong> <span class="badge">{t(`person.role.${person.role}`)}</span></p>
      {person.document_number && <p class="num">{t(`person.document.${person.document_kind}`)} {person.document_number}</p>}
      {person.phone && <p class="num">{person.phone}</p>}
      {person.statement && <p>“{person.statement}”</p>}
      <small>{[clock(person.wall_ms), person.actor, person.terminal, person.version > 1 ? t("case.version", { version: person.version }) : ""].filter(Boolean).join(" · ")}</small>
      {earlier.length > 0 && (
        <details><summary>{t("case.history")}</summary>
          {earlier.map((old) => <p key={old.version}><small>{[t("case.version", { version: old.version }), t(`person.role.${old.role}`), old.name, old.document_number, old.phone, old.statement, old.reason && `“${old.reason}”`, old.actor, clock(old.wall_ms)].filter(Boolean).join(" · ")}</small></p>)}
        </details>
      )}
      {children}
    </li>
  );
}
