/** What an audit record says beside who, what and when: names and times in words. Pure. */
import { tOr } from "../locale";
import { agencyName } from "../state/agencies";
import { dateClock, shiftText } from "../time";

const NS_PER_MS = 1_000_000;
/** Earlier than this no control room recorded anything: a duration or a count, no time. 2001. */
const EARLIEST_MS = 1e12;

/** Times are kept as the acts give them, in ms or ns of the Unix clock; only as long a number is one. */
function timeMs(key: string, value: string): number {
  if (!/^\d{13,19}$/.test(value)) return 0;
  const ms = key.endsWith("_ms") ? Number(value) : Number(value) / NS_PER_MS;
  return ms >= EARLIEST_MS ? ms : 0;
}

/** Codes of which screens have words. */
const WORDS: Readonly<Record<string, string>> = { how: "config.how", to: "dispatch", outcome: "outcome", role: "role" };

function valueText(key: string, value: string): string {
  if (key === "agency") return agencyName(value);
  if (key === "shift") return shiftText(value);
  return tOr(WORDS[key] ?? "audit.value", value);
}

/** The user's id says nothing that the name beside it does not; what is empty says nothing at all. */
export function detailText(detail: Readonly<Record<string, string>>): string {
  return Object.entries(detail)
    .filter(([key, value]) => key !== "user_id" && value !== "")
    .map(([key, value]) => {
      const ms = timeMs(key, value);
      return `${tOr("audit.key", key)}: ${ms ? dateClock(ms) : valueText(key, value)}`;
    })
    .join(" · ");
}
