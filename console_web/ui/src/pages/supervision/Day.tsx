/** A day that is written by hand, and how many lie between two. */
import { instantOf } from "../../time";

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 366;

/** Days between two, both whole; null where the first comes after the last or it is too long for one file. */
export function stretch(first: string | null, last: string | null): number | null {
  if (first === null || last === null) return null;
  const from = instantOf(first, "12:00");
  const to = instantOf(last, "12:00");
  if (from === null || to === null) return null;
  const days = Math.round((to - from) / DAY_MS);
  return days < 0 || days > LONGEST_DAYS ? null : days;
}

export function Day({ label, value, bad, onChange }: { label: string; value: string; bad: boolean; onChange: (text: string) => void }) {
  return (
    <label class="field">{label}
      <input class="num" placeholder="31/12/2026" aria-invalid={bad} value={value} onInput={(e) => onChange(e.currentTarget.value)} />
    </label>
  );
}
