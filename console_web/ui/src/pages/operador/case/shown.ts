/** Which parts of an incident are open: its dialogs, and which of its cameras is looked at. */
import { signal } from "@preact/signals";
import type { Incident } from "../../../api/types";

export type CaseDialog = "note" | "close" | "amend" | "persons" | "call" | "duplicate" | "camera" | "strike";

/** Which dialog of the shown incident is open; set by buttons and by the shortcut N. */
export const incidentDialog = signal<CaseDialog | null>(null);

/** The further camera that is looked at instead of the incident's first one. */
export const caseCamera = signal<{ incidentId: string; cameraId: string } | null>(null);

/** The further camera of this incident that is looked at, or null for its first one. */
export function furtherShown(incident: Incident): Incident["further_cameras"][number] | null {
  const shown = caseCamera.value;
  if (shown?.incidentId !== incident.incident_id) return null;
  return incident.further_cameras.find((c) => c.camera_id === shown.cameraId) ?? null;
}
