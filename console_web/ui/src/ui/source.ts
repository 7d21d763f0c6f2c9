/** What an alert is about, in words: a zone, and the rule of it where that is not plain movement (`nvr/source_name.py`). */
import { SOURCE_MARK } from "../api/types";
import { tOr } from "../locale";

export function zoneText(zone: string): string {
  const at = zone.lastIndexOf(SOURCE_MARK);
  return at < 0 ? zone : `${tOr("rule", zone.slice(at + SOURCE_MARK.length))} · ${zone.slice(0, at)}`;
}
