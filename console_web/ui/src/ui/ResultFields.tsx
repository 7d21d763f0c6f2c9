/** How a dispatch ended: one of four, and who of the PNP received where somebody was handed over. */
import type { Closing, DispatchResult } from "../api/types";
import { t } from "../locale";

const RESULTS: readonly DispatchResult[] = ["attended", "intervened", "handed_to_pnp", "false_alarm"];
export const ORDINARY: Closing = { result: "attended", receiver_name: "", receiver_cip: "", receiver_station: "" };

export function complete(closing: Closing): boolean {
  if (closing.result !== "handed_to_pnp") return true;
  return [closing.receiver_name, closing.receiver_station].every((text) => text.trim()) && /^\d{6,8}$/.test(closing.receiver_cip.trim());
}

export function ResultFields({ value, onChange }: { value: Closing; onChange: (next: Closing) => void }) {
  const handed = value.result === "handed_to_pnp";
  const choose = (result: DispatchResult): void => onChange(result === "handed_to_pnp" ? { ...value, result } : { ...ORDINARY, result });
  return (
    <>
      <div class="choices" role="radiogroup" aria-label={t("close.dispatch.result")}>
        {RESULTS.map((result) => (
          <label key={result} class={result === value.result ? "choice is-on" : "choice"}>
            <input type="radio" name="result" checked={result === value.result} onChange={() => choose(result)} />{t(`result.${result}`)}
          </label>
        ))}
      </div>
      {handed && (
        <div class="result-receiver">
          <label class="field">{t("result.receiver")}<input required autofocus maxLength={80} value={value.receiver_name} onInput={(e) => onChange({ ...value, receiver_name: e.currentTarget.value })} /></label>
          <label class="field">{t("result.cip")}<input required inputMode="numeric" pattern="[0-9]{6,8}" maxLength={8} value={value.receiver_cip} onInput={(e) => onChange({ ...value, receiver_cip: e.currentTarget.value })} /></label>
          <label class="field">{t("result.station")}<input required maxLength={80} value={value.receiver_station} onInput={(e) => onChange({ ...value, receiver_station: e.currentTarget.value })} /></label>
        </div>
      )}
    </>
  );
}
