/** Agencies beyond Serenazgo and the PNP (Bomberos, SAMU …) as further choices; the key O opens the first, and the next at each further press. */
import { t } from "../../locale";
import { furtherAgencies } from "../../state/agencies";
import { AgencyIcon, Kbd } from "../../ui/marks";

/** The one after ``current``, round and round; null where there is none. */
export function nextFurther(current: string | null): string | null {
  const codes = furtherAgencies().map((each) => each.code);
  return codes[(codes.indexOf(current ?? "") + 1) % codes.length] ?? null;
}

export function FurtherAgencies({ disabled = false, send }: { disabled?: boolean; send: (agency: string) => void }) {
  return (
    <>
      {furtherAgencies().map((each, i) => (
        <button key={each.code} type="button" class="button is-agency-other" disabled={disabled} onClick={() => send(each.code)}>
          <AgencyIcon agency={each.code} />{t("action.agency", { name: each.name })}{i === 0 && <Kbd>O</Kbd>}
        </button>
      ))}
    </>
  );
}
