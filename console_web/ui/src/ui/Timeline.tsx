/** What happened to an incident, in order, with who and where from. */
import { systemFault, type TimelineEntry } from "../api/types";
import { faultText } from "./fault";
import { t, tOr } from "../locale";
import { agencyName } from "../state/agencies";
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

/** Known details are shown in words (agency, note); codes and ids stay in the record. */
function details(entry: TimelineEntry): string[] {
  const lines: string[] = [];
  const { agency, note, text, outcome, zone } = entry.detail;
  if (agency) lines.push(agencyName(agency));
  const fault = zone ? systemFault(zone) : null;
  if (fault !== null) lines.push(faultText(fault));
  else if (zone) lines.push(t("timeline.zone", { zone }));
  if (outcome) lines.push(tOr("outcome", outcome));
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
