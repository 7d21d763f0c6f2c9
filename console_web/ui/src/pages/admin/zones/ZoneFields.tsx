/** What the chosen zone asks for: name, priority, hours, sizes, rules. */
import { t } from "../../../locale";
import type { Zone } from "../../../api/types";
import { across, alertsOnMovement, hasRule, heightAt, FAR_FOOT, NEAR_FOOT, limitsOf } from "../../../state/zones";
import { PriorityChoice } from "../../../ui/PriorityChoice";

interface Props {
  zone: Zone;
  schedules: readonly string[];
  onChange: (change: Partial<Zone>) => void;
}

interface NumberProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
}

/** Only what is a number within its bounds is taken over. */
function NumberField({ label, value, min, max, step = 1, onChange }: NumberProps) {
  return (
    <label class="zone-number">
      <span>{label}</span>
      <input type="number" min={min} max={max} step={step} value={value}
        onChange={(e) => {
          const next = e.currentTarget.valueAsNumber;
          if (Number.isFinite(next) && next >= min && next <= max) onChange(next);
          else e.currentTarget.value = String(value);
        }} />
    </label>
  );
}

const percent = (share: number): number => Math.round(share * 1000) / 10;

export function ZoneFields({ zone, schedules, onChange }: Props) {
  const set = (change: Partial<Zone>): void => onChange(change);
  const rule = (name: "line" | "loitering" | "crowd" | "left" | "taken" | "min_height", on: boolean): void => {
    const fresh: Partial<Zone> = {
      line: { points: across(zone.polygon), direction: "both" },
      loitering: { after_s: 30 },
      crowd: { count: 5, after_s: 10 },
      left: { after_s: 60, max_area: 0.05 },
      taken: { after_s: 60, max_area: 0.05 },
      min_height: limitsOf(0.08, 0.25),
    };
    set({ [name]: on ? fresh[name] : null });
  };
  const check = (name: "line" | "loitering" | "crowd" | "left" | "taken" | "min_height", words: string) => (
    <label class="check"><input type="checkbox" checked={Boolean(zone[name])} onChange={(e) => rule(name, e.currentTarget.checked)} />{words}</label>
  );
  const heights = zone.min_height;
  return (
    <div class="form zone-fields">
      <label class="field"><span>{t("zones.name")}</span>
        <input value={zone.name} maxLength={60} required onInput={(e) => set({ name: e.currentTarget.value })} /></label>
      <PriorityChoice value={zone.priority} onChange={(priority) => set({ priority })} />
      <label class="field"><span>{t("zones.schedule")}</span>
        <select value={zone.schedule ?? ""} onChange={(e) => set({ schedule: e.currentTarget.value || null })}>
          <option value="">{t("zones.always")}</option>
          {schedules.map((name) => <option key={name} value={name}>{name}</option>)}
        </select></label>
      <fieldset>
        <legend>{t("zones.movement")}</legend>
        <label class="check"><input type="checkbox" checked={alertsOnMovement(zone)} disabled={!hasRule(zone)} onChange={(e) => set({ movement: e.currentTarget.checked })} />{t("zones.movement.alerts")}</label>
        <label class="zone-number"><span>{t("zones.sensitivity", { value: zone.sensitivity.toFixed(2) })}</span>
          <input type="range" min={0} max={1} step={0.05} value={zone.sensitivity} onChange={(e) => set({ sensitivity: e.currentTarget.valueAsNumber })} /></label>
        <NumberField label={t("zones.min_area")} value={percent(zone.min_area)} min={0.1} max={100} step={0.1} onChange={(value) => set({ min_area: value / 100 })} />
        <NumberField label={t("zones.min_duration")} value={zone.min_duration_s} min={0.1} max={60} step={0.1} onChange={(min_duration_s) => set({ min_duration_s })} />
      </fieldset>
      <fieldset>
        <legend>{t("zones.rules")}</legend>
        {check("line", t("zones.rule.line"))}
        {zone.line && (
          <select aria-label={t("zones.direction")} value={zone.line.direction} onChange={(e) => zone.line && set({ line: { ...zone.line, direction: e.currentTarget.value as typeof zone.line.direction } })}>
            {(["both", "a_to_b", "b_to_a"] as const).map((way) => <option key={way} value={way}>{t(`zones.direction.${way}`)}</option>)}
          </select>
        )}
        {check("loitering", t("zones.rule.loitering"))}
        {zone.loitering && <NumberField label={t("zones.after")} value={zone.loitering.after_s} min={5} max={1800} onChange={(after_s) => set({ loitering: { after_s } })} />}
        {check("crowd", t("zones.rule.crowd"))}
        {zone.crowd && (
          <>
            <NumberField label={t("zones.count")} value={zone.crowd.count ?? 5} min={2} max={16} onChange={(count) => zone.crowd && set({ crowd: { ...zone.crowd, count } })} />
            <NumberField label={t("zones.after")} value={zone.crowd.after_s} min={1} max={600} onChange={(after_s) => zone.crowd && set({ crowd: { ...zone.crowd, after_s } })} />
          </>
        )}
        {(["left", "taken"] as const).map((name) => {
          const found = zone[name];
          return (
            <div key={name} class="zone-rule">
              {check(name, t(`zones.rule.${name}`))}
              {found && <NumberField label={t("zones.after")} value={found.after_s} min={6} max={3600} onChange={(after_s) => set({ [name]: { ...found, after_s } })} />}
            </div>
          );
        })}
      </fieldset>
      <fieldset>
        <legend>{t("zones.size")}</legend>
        {check("min_height", t("zones.min_height"))}
        {heights && (
          <>
            <NumberField label={t("zones.height.far")} value={percent(heightAt(heights, FAR_FOOT))} min={0} max={100} step={0.1} onChange={(v) => set({ min_height: limitsOf(v / 100, heightAt(heights, NEAR_FOOT)) })} />
            <NumberField label={t("zones.height.near")} value={percent(heightAt(heights, NEAR_FOOT))} min={0} max={100} step={0.1} onChange={(v) => set({ min_height: limitsOf(heightAt(heights, FAR_FOOT), v / 100) })} />
          </>
        )}
      </fieldset>
    </div>
  );
}
