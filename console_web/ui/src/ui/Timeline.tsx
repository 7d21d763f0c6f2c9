/** What happened to an incident, in order, with who and where from. */
import { systemFault, type TimelineEntry } from "../api/types";
import { channelName } from "./Delivery";
import { faultText } from "./fault";
import { objectText, zoneText } from "./source";
import { t, tOr } from "../locale";
import { agencyName } from "../state/agencies";
import { feed } from "../state/store";
import { clock } from "../time";
import { IconDone, IconHand, IconMovement, IconNote, IconRelease, IconWarn } from "./icons";
import { StepIcon } from "./marks";

function KindIcon({ kind }: { kind: TimelineEntry["kind"] }) {
  switch (kind) {
    case "detected":
      return <IconMovement />;
    case "alert_created":
    case "incident_opened":
      return <IconWarn />;
    case "alert_taken":
      return <IconHand />;
    case "alert_released":
      return <IconRelease />;
    case "dispatch_sent":
      return <StepIcon state="sent" />;
    case "dispatch_received":
      return <StepIcon state="received" />;
    case "dispatch_en_route":
      return <StepIcon state="en_route" />;
    case "dispatch_on_scene":
      return <StepIcon state="on_scene" />;
    case "dispatch_closed":
    case "incident_closed":
      return <IconDone />;
    default:
      return <IconNote />;
  }
}

/** A camera of a time line by its number and place; one that is not within reach, or gone, by its id. */
function cameraName(cameraId: string): string {
  const camera = feed.value.cameras.get(cameraId);
  return camera ? `${camera.number} · ${camera.name}` : cameraId;
}

/** Known details are shown in words (agency, note); codes and ids stay in the record. */
function details(entry: TimelineEntry): string[] {
  const lines: string[] = [];
  const { agency, note, text, outcome, zone } = entry.detail;
  if (agency) lines.push(agencyName(agency));
  const fault = zone ? systemFault(zone) : null;
  if (fault !== null) lines.push(faultText(fault));
  else if (zone) lines.push(t("timeline.zone", { zone: zoneText(zone) }));
  if (outcome) lines.push(tOr("outcome", outcome));
  const { object, object_score } = entry.detail;
  if (object === "person" || object === "vehicle") lines.push(objectText({ object_kind: object, object_score: Number(object_score) }));
  const { unit, instead_of, unit_state, step, to, result, contact, spoken_to, read_back, receiver_name, receiver_cip, receiver_station } = entry.detail;
  if (unit) lines.push(instead_of ? t("timeline.instead", { unit, instead_of }) : t("units.named", { name: unit }));
  else if (instead_of) lines.push(t("units.named", { name: instead_of }));
  if (unit_state) lines.push(tOr("unit", unit_state));
  if (step) lines.push(tOr("dispatch", step));
  if (to) lines.push(to);
  if (contact) lines.push(contact);
  const { by, reason, then } = entry.detail;
  if (by) lines.push(reason ? `${channelName(by)}: ${reason}` : t("delivery.by", { by: channelName(by) }));
  if (then) lines.push(t("delivery.then", { then: channelName(then) }));
  if (result) lines.push(tOr("result", result));
  if (receiver_name) lines.push(`${receiver_name}, CIP ${receiver_cip ?? ""}, ${receiver_station ?? ""}`);
  if (spoken_to) lines.push(t("timeline.spoken", { spoken_to }));
  if (read_back) lines.push(`“${read_back}”`);
  const { changed, version, camera_id, step_text, role, of, duplicate, pending, caller, phone, place, origin } = entry.detail;
  if (version && changed) lines.push(t("case.version", { version }), changed);
  if (camera_id) lines.push(cameraName(camera_id));
  if (step_text) lines.push(step_text);
  if (role) lines.push(tOr("person.role", role));
  if (of ?? duplicate) lines.push(of ? t("case.entry.of", { number: of }) : t("case.entry.duplicate", { number: duplicate ?? "" }));
  if (pending) lines.push(t("case.entry.pending", { steps: pending }));
  if (origin) lines.push([tOr("call.origin", origin), caller, phone, place].filter(Boolean).join(" · "));
  if (text ?? note) lines.push(`“${text ?? note}”`);
  return lines;
}

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  if (entries.length === 0) return <p class="empty">{t("timeline.empty")}</p>;
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li key={entry.entry_id} class={`timeline-entry kind-${entry.kind}`}>
          <time class="num">{clock(entry.wall_ms)}</time>
          <span class="timeline-icon"><KindIcon kind={entry.kind} /></span>
          <div>
            <strong>{tOr("timeline", entry.kind)}</strong>
            {details(entry).map((line) => <span key={line} class="timeline-detail">{line}</span>)}
            <small>{[entry.actor, entry.terminal].filter(Boolean).join(" · ")}</small>
          </div>
        </li>
      ))}
    </ol>
  );
}
