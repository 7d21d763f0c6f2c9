import { useEffect, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Incident } from "../api/types";
import { feed, incidentTouched } from "../state/store";
import { sayError } from "./notices";

/** An incident with its time line, loaded again whenever a change touches it; dispatches are always the feed's newest. */
export function useIncident(incidentId: string): Incident | null {
  const [detail, setDetail] = useState<Incident | null>(null);
  const touched = incidentTouched.value.get(incidentId) ?? 0;
  useEffect(() => {
    let current = true;
    api.incident(incidentId).then(
      (incident) => { if (current) setDetail(incident); },
      (error: unknown) => { if (current) sayError(error); },
    );
    return () => {
      current = false;
    };
  }, [incidentId, touched]);
  const live = feed.value.incidents.get(incidentId);
  const base = detail?.incident_id === incidentId ? detail : null;
  if (!live) return base;
  return { ...live, timeline: base?.timeline ?? live.timeline, alert_ids: base?.alert_ids ?? live.alert_ids };
}
