/** The agency's units: state, seconds in it, and a warning where that is long; each opens what can be done with it. */
import { useState } from "preact/hooks";
import type { Dispatch, Unit } from "../../api/types";
import { t } from "../../locale";
import { feed } from "../../state/store";
import { elapsed } from "../../time";
import { IconWarn } from "../../ui/icons";
import { UnitDialog, UnitForm, unitTime } from "../../ui/UnitDialogs";

export function UnitStrip({ agency, chosen }: { agency: string | null; chosen: Dispatch | null }) {
  const [open, setOpen] = useState<string | null>(null);
  const [making, setMaking] = useState<"new" | Unit | null>(null);
  const units = [...feed.value.units.values()];
  const shown = open === null ? undefined : feed.value.units.get(open);
  return (
    <section class="unit-strip" aria-label={t("units.title")}>
      {units.map((unit) => {
        const { in_ms, late } = unitTime(unit);
        return (
          <button key={unit.unit_id} type="button" class={`unit ${unit.free ? "is-free" : ""} ${late ? "is-late" : ""}`} onClick={() => setOpen(unit.unit_id)}>
            <strong>{late && <IconWarn />}{unit.call_sign}</strong><span>{t(`unit.${unit.state}`)}</span><span class="num">{elapsed(in_ms)}</span>
          </button>
        );
      })}
      {agency && <button type="button" class="button is-small" onClick={() => setMaking("new")}>{t("units.new")}</button>}
      {shown && <UnitDialog unit={shown} chosen={chosen} onEdit={() => { setMaking(shown); setOpen(null); }} onClose={() => setOpen(null)} />}
      {making && agency && <UnitForm agency={agency} unit={making === "new" ? undefined : making} onClose={() => setMaking(null)} />}
    </section>
  );
}
