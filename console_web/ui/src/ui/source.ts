/** What an alert is about, in words: a zone, and the rule of it where that is not plain movement (`nvr/source_name.py`). */
import { type Alert, deviceNotice, SOURCE_MARK, systemFault } from "../api/types";
import { t, tOr } from "../locale";
import { faultText } from "./fault";

export function zoneText(zone: string): string {
  const at = zone.lastIndexOf(SOURCE_MARK);
  return at < 0 ? zone : `${tOr("rule", zone.slice(at + SOURCE_MARK.length))} · ${zone.slice(0, at)}`;
}

/** What an alert is about, whichever kind it is: a fault, a notice of the equipment, or a zone. */
export function whatText({ zone, count }: Pick<Alert, "zone" | "count">): string {
  const fault = systemFault(zone);
  const notice = deviceNotice(zone);
  if (fault !== null) return faultText(fault, count);
  return notice === null ? zoneText(zone) : t("alert.device", { what: notice });
}

/** What a model says that moved, and how sure it is; never 1.00: no model is certain. "" where none has said anything. */
export function objectText({ object_kind, object_score }: Pick<Alert, "object_kind" | "object_score">): string {
  return object_kind === "" ? "" : t(`alert.object.${object_kind}`, { score: Math.min(object_score, 0.99).toFixed(2) });
}
