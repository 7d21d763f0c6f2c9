/** The nouns of docs/design/api.md as the server sends them. Times are integer milliseconds UTC (`…_wall_ms`). */

export type Role = "operator" | "supervisor" | "dispatcher" | "investigator" | "admin";
export type Agency = "serenazgo" | "pnp";
export type Priority = 1 | 2 | 3;
export type AlertState = "new" | "taken" | "closed";
export type AlertOutcome = "incident" | "false_alarm" | "no_action" | "duplicate";
export type CloseOutcome = Exclude<AlertOutcome, "incident">;
export type IncidentState = "open" | "closed";
export type DispatchState = "sent" | "received" | "en_route" | "on_scene" | "closed";
export type StreamState = "connecting" | "online" | "offline";
export type GapCause = "link" | "camera" | "authentication" | "disk" | "software" | "planned";

export interface User {
  user_id: string;
  name: string;
  full_name: string;
  role: Role;
  agency: Agency | null;
  cameras: string[] | null;
  enabled: boolean;
  must_change_password: boolean;
}

export interface Session {
  user: User;
  csrf_token: string;
  site: string;
  timezone: string;
  terminal: string;
  idle_lock_s: number;
}

export interface Stream {
  state: StreamState;
  since_wall_ms: number;
  cause: string;
  detail: string;
  recorded: boolean;
  width_px: number;
  height_px: number;
  fps: number;
  kbps: number;
}

export interface Zone {
  name: string;
  polygon: [number, number][];
  priority: number;
}

export interface Camera {
  camera_id: string;
  number: number;
  name: string;
  location: [number, number] | null;
  trunk: string | null;
  neighbours: Record<string, number>;
  zones: Zone[];
  streams: { main: Stream; sub: Stream | null };
}

/** x, y, width, height as fractions of the picture, 0..1. */
export type Box = [number, number, number, number];

export interface Alert {
  alert_id: string;
  camera_id: string;
  camera_number: number;
  place: string;
  zone: string;
  priority: number;
  state: AlertState;
  started_wall_ms: number;
  decided_wall_ms: number;
  created_wall_ms: number;
  last_wall_ms: number;
  ongoing: boolean;
  score: number;
  box: Box;
  has_snapshot: boolean;
  count: number;
  owner_id: string | null;
  owner_name: string | null;
  taken_wall_ms: number | null;
  closed_wall_ms: number | null;
  outcome: AlertOutcome | null;
  incident_id: string | null;
}

export interface Dispatch {
  dispatch_id: string;
  incident_id: string;
  incident_number: string;
  camera_id: string;
  camera_number: number;
  place: string;
  type_code: string;
  type_name: string;
  priority: number;
  incident_note: string;
  agency: Agency;
  state: DispatchState;
  note: string;
  created_by: string;
  created_wall_ms: number;
  occurred_wall_ms: number;
  times: Partial<Record<DispatchState, number>>;
  has_snapshot: boolean;
}

export type TimelineKind =
  | "detected"
  | "alert_created"
  | "alert_taken"
  | "alert_released"
  | "incident_opened"
  | "dispatch_sent"
  | "dispatch_received"
  | "dispatch_en_route"
  | "dispatch_on_scene"
  | "dispatch_closed"
  | "note"
  | "incident_closed";

export interface TimelineEntry {
  entry_id: number;
  wall_ms: number;
  actor: string;
  terminal: string;
  kind: TimelineKind;
  detail: Record<string, string>;
}

export interface Incident {
  incident_id: string;
  number: string;
  state: IncidentState;
  camera_id: string;
  camera_number: number;
  place: string;
  type_code: string;
  type_name: string;
  priority: number;
  note: string;
  occurred_wall_ms: number;
  created_wall_ms: number;
  created_by: string;
  closed_wall_ms: number | null;
  dispatches: Dispatch[];
  timeline: TimelineEntry[];
  alert_ids: string[];
}

export interface OccurrenceType {
  code: string;
  group: string;
  name: string;
  priority: number;
}

export interface Listing<T> {
  seq: number;
  items: T[];
}

export interface Span {
  from_wall_ms: number;
  to_wall_ms: number;
}

export interface Coverage {
  spans: Span[];
  gaps: (Span & { cause: GapCause; detail: string })[];
  movements: (Span & { zone: string })[];
}

export interface WorkerHealth {
  worker: string;
  pid: number;
  age_ms: number;
  cpu_cores: number;
  rss_bytes: number;
  counters: Record<string, number>;
}

export interface Health {
  workers: WorkerHealth[];
  cameras: unknown[];
  disk: { free_bytes: number; total_bytes: number; reserve_bytes: number };
  catalogue: Record<string, unknown>;
}

export interface AuditRecord {
  audit_id: number;
  wall_ms: number;
  actor: string;
  terminal: string;
  address: string;
  action: string;
  object: string;
  detail: unknown;
}

export interface UserInput {
  name: string;
  full_name: string;
  role: Role;
  agency: Agency | null;
  cameras: string[] | null;
  enabled: boolean;
}

export interface NewPassword {
  user: User;
  password: string;
}

/** What `/api/events` sends, one JSON text message each. */
export type FeedMessage =
  | { kind: "alert"; seq: number; wall_ms: number; body: Alert }
  | { kind: "incident"; seq: number; wall_ms: number; body: Incident }
  | { kind: "dispatch"; seq: number; wall_ms: number; body: Dispatch }
  | { kind: "camera"; seq: number; wall_ms: number; body: Partial<Camera> & { camera_id: string } }
  | { kind: "reset" }
  | { kind: "ping" };
