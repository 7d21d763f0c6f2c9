/** What an alert is about, in words: a zone, and the rule of it where that is not plain movement (`nvr/source_name.py`). */
import { type Alert, SOURCE_MARK } from "../api/types";
import { t, tOr } from "../locale";

export function zoneText(zone: string): string {
  const at = zone.lastIndexOf(SOURCE_MARK);
  return at < 0 ? zone : `${tOr("rule", zone.slice(at + SOURCE_MARK.length))} · ${zone.slice(0, at)}`;
}

/** What a model says that moved, and how sure it is; never 1.00: no model is certain. "" where none has said anything. */
export function objectText({ object_kind, object_score }: Pick<Alert, "object_kind" | "object_score">): string {
  return object_kind === "" ? "" : t(`alert.object.${object_kind}`, { score: Math.min(object_score, 0.99).toFixed(2) });
}
