/**
 * What the terminal knows, as a pure reducer: lists by GET, then changes by WebSocket, in the order of `seq`.
 *
 * A change is applied only when it is newer than the list it touches: the lists are loaded one after the other while
 * changes already arrive, and the socket starts at the oldest list's `seq`.
 */
import type { Alert, Camera, Dispatch, FeedMessage, Handover, Incident, Listing, Room, Shelving, Unit } from "../api/types";

export type ListKind = "alert" | "incident" | "dispatch" | "room" | "shelving" | "handover" | "unit";

export interface FeedState {
  /** The newest change seen: what the socket asks for after a loss. */
  readonly seq: number;
  readonly listSeq: Readonly<Record<ListKind, number>>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly dispatches: ReadonlyMap<string, Dispatch>;
  readonly cameras: ReadonlyMap<string, Camera>;
  /** Who is at the desk and whose cameras are which; null where this page does not ask. */
  readonly room: Room | null;
  readonly shelvings: ReadonlyMap<string, Shelving>;
  readonly handovers: ReadonlyMap<string, Handover>;
  readonly units: ReadonlyMap<string, Unit>;
}

export const EMPTY_FEED: FeedState = {
  seq: 0,
  listSeq: { alert: 0, incident: 0, dispatch: 0, room: 0, shelving: 0, handover: 0, unit: 0 },
  alerts: new Map(),
  incidents: new Map(),
  dispatches: new Map(),
  cameras: new Map(),
  room: null,
  shelvings: new Map(),
  handovers: new Map(),
  units: new Map(),
};

export interface Loaded {
  alerts?: Listing<Alert>;
  incidents?: Listing<Incident>;
  dispatches?: Listing<Dispatch>;
  cameras?: readonly Camera[];
  room?: { seq: number; room: Room };
  shelvings?: Listing<Shelving>;
  handovers?: Listing<Handover>;
  units?: Listing<Unit>;
}

/** Ended things are kept for the eyes only; a night's worth must not grow without end. */
export const MAX_ENDED = 200;

function index<T>(items: readonly T[], key: (item: T) => string): Map<string, T> {
  return new Map(items.map((item) => [key(item), item]));
}

/** The state from freshly loaded lists; lists that are not given keep their content. */
export function load(state: FeedState, lists: Loaded): FeedState {
  const known = [lists.alerts, lists.incidents, lists.dispatches, lists.room, lists.shelvings, lists.handovers, lists.units];
  const seqs = known.map((list) => list?.seq).filter((seq) => seq !== undefined);
  return {
    seq: seqs.length > 0 ? Math.min(...seqs) : state.seq,
    listSeq: {
      alert: lists.alerts?.seq ?? state.listSeq.alert,
      incident: lists.incidents?.seq ?? state.listSeq.incident,
      dispatch: lists.dispatches?.seq ?? state.listSeq.dispatch,
      room: lists.room?.seq ?? state.listSeq.room,
      shelving: lists.shelvings?.seq ?? state.listSeq.shelving,
      handover: lists.handovers?.seq ?? state.listSeq.handover,
      unit: lists.units?.seq ?? state.listSeq.unit,
    },
    alerts: lists.alerts ? index(lists.alerts.items, (a) => a.alert_id) : state.alerts,
    incidents: lists.incidents ? index(lists.incidents.items, (i) => i.incident_id) : state.incidents,
    dispatches: lists.dispatches ? index(lists.dispatches.items, (d) => d.dispatch_id) : state.dispatches,
    cameras: lists.cameras ? index(lists.cameras, (c) => c.camera_id) : state.cameras,
    room: lists.room ? lists.room.room : state.room,
    shelvings: lists.shelvings ? index(lists.shelvings.items, (s) => s.shelving_id) : state.shelvings,
    handovers: lists.handovers ? index(lists.handovers.items, (h) => h.handover_id) : state.handovers,
    units: lists.units ? index(lists.units.items, (u) => u.unit_id) : state.units,
  };
}

/** `put` one into a copy of the map, then drop the ended ones that came first, beyond MAX_ENDED. */
function put<T>(map: ReadonlyMap<string, T>, id: string, item: T, ended: (item: T) => boolean): Map<string, T> {
  const next = new Map(map);
  next.set(id, item);
  let surplus = -MAX_ENDED;
  for (const other of next.values()) if (ended(other)) surplus += 1;
  for (const [key, other] of next) {
    if (surplus <= 0) break;
    if (ended(other)) {
      next.delete(key);
      surplus -= 1;
    }
  }
  return next;
}

/** One change, from the socket (with its `seq`) or from the answer to this terminal's own action (without). */
export function applyAlert(state: FeedState, alert: Alert): FeedState {
  return { ...state, alerts: put(state.alerts, alert.alert_id, alert, (a) => a.state === "closed") };
}

export function applyIncident(state: FeedState, incident: Incident): FeedState {
  return { ...state, incidents: put(state.incidents, incident.incident_id, incident, (i) => i.state === "closed") };
}

/** A dispatch stands by itself (the agency's board) and inside its incident (the operator's panel). */
export function applyDispatch(state: FeedState, dispatch: Dispatch): FeedState {
  const dispatches = put(state.dispatches, dispatch.dispatch_id, dispatch, (d) => d.state === "closed");
  const incident = state.incidents.get(dispatch.incident_id);
  if (!incident) return { ...state, dispatches };
  const others = incident.dispatches.filter((d) => d.dispatch_id !== dispatch.dispatch_id);
  const merged = [...others, dispatch].sort((a, b) => a.created_wall_ms - b.created_wall_ms);
  const incidents = new Map(state.incidents).set(incident.incident_id, { ...incident, dispatches: merged });
  return { ...state, dispatches, incidents };
}

function applyCamera(state: FeedState, camera: Camera): FeedState {
  // A camera that this terminal never loaded is not its business until the lists are loaded again.
  if (!state.cameras.has(camera.camera_id)) return state;
  return { ...state, cameras: new Map(state.cameras).set(camera.camera_id, camera) };
}

export function applyShelving(state: FeedState, shelving: Shelving): FeedState {
  return { ...state, shelvings: put(state.shelvings, shelving.shelving_id, shelving, (s) => s.ended_wall_ms !== null) };
}

export function applyHandover(state: FeedState, handover: Handover): FeedState {
  return { ...state, handovers: put(state.handovers, handover.handover_id, handover, (h) => h.state === "accepted") };
}

export function applyUnit(state: FeedState, unit: Unit): FeedState {
  const units = new Map(state.units);
  if (unit.in_use) units.set(unit.unit_id, unit);
  else units.delete(unit.unit_id);
  return { ...state, units };
}

export function reduce(state: FeedState, message: FeedMessage): FeedState {
  if (message.kind === "ping" || message.kind === "reset") return state;
  const seq = Math.max(state.seq, message.seq);
  if (message.kind !== "camera" && message.seq <= state.listSeq[message.kind]) return { ...state, seq };
  const advanced = { ...state, seq };
  switch (message.kind) {
    case "alert":
      return applyAlert(advanced, message.body);
    case "incident":
      return applyIncident(advanced, message.body);
    case "dispatch":
      return applyDispatch(advanced, message.body);
    case "camera":
      return applyCamera(advanced, message.body);
    case "room":
      return { ...advanced, room: message.body };
    case "shelving":
      return applyShelving(advanced, message.body);
    case "handover":
      return applyHandover(advanced, message.body);
    case "unit":
      return applyUnit(advanced, message.body);
  }
}

/** All kinds there are: a record, so that the compiler misses one that is left out. */
const KINDS: Record<FeedMessage["kind"], true> = {
  alert: true, incident: true, dispatch: true, camera: true, room: true, shelving: true, handover: true, unit: true, reset: true, ping: true,
};

/** The message in a text frame, or null where it is none of ours: a newer server may say more than we understand. */
export function parseMessage(text: string): FeedMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { kind, seq, body } = value as Record<string, unknown>;
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) return null;
  if (kind === "ping" || kind === "reset") return { kind };
  if (typeof seq !== "number" || typeof body !== "object" || body === null) return null;
  return value as FeedMessage;
}

/** What somebody ought to look at now: on no shelf, and not one of the many of low urgency that a flood folds into one counter. */
export function inQueue(alert: Alert, flood: boolean, me: string | null): boolean {
  if (alert.state === "closed" || alert.incident_id !== null || alert.shelved) return false;
  return !flood || alert.priority !== 3 || alert.owner_id === me;
}

/** Priority first, then the one that waits longest: the order in which alerts are to be taken. */
export function queueOrder(a: Alert, b: Alert): number {
  return a.priority - b.priority || a.created_wall_ms - b.created_wall_ms || a.alert_id.localeCompare(b.alert_id);
}

/**
 * What `me` has taken and not decided, on top: it must not be forgotten. Then what waits, in order; then what others have. An alert that became an incident stays open until that is
 * closed, but its place is then the list of incidents.
 */
export function queue(state: FeedState, me: string | null, allOfFlood = false): Alert[] {
  const flood = !allOfFlood && isFlood(state);
  const open = [...state.alerts.values()].filter((a) => inQueue(a, flood, me));
  // Of equal priority what stands before me comes first: it is my turn.
  const rank = (a: Alert): number => (a.state === "new" ? (a.offer_user_id === me ? 1 : 1.5) : a.owner_id === me ? 0 : 2);
  const byTurn = (a: Alert, b: Alert): number =>
    a.state === "new" && b.state === "new" ? a.priority - b.priority : 0;
  return open.sort((a, b) => byTurn(a, b) || rank(a) - rank(b) || queueOrder(a, b));
}

export function isFlood(state: FeedState): boolean {
  return state.room?.flood_since_wall_ms != null;
}

/** What the flood folds away: how many there are as the server counts them, since this terminal holds only the first. */
export function folded(state: FeedState): number {
  return isFlood(state) ? (state.room?.waiting["3"] ?? 0) : 0;
}

/** The alerts of the shift, whoever has them and whatever a flood folds away; not those of zones at rest, nor of incidents. */
export interface Standing {
  waiting: number;
  urgent: boolean;
  taken: number;
  /** Since when the one waits that waits longest; null where none does. */
  oldest_wall_ms: number | null;
}

export function standing(state: FeedState): Standing {
  const open = [...state.alerts.values()].filter((a) => inQueue(a, false, null));
  const waiting = open.filter((a) => a.state === "new");
  // In a flood this terminal holds only the first of them: how many there are the server says.
  const counted = isFlood(state) ? Object.values(state.room?.waiting ?? {}).reduce((sum, count) => sum + count, 0) : 0;
  return {
    waiting: Math.max(counted, waiting.length), urgent: waiting.some((a) => a.priority === 1), taken: open.length - waiting.length,
    oldest_wall_ms: waiting.length > 0 ? Math.min(...waiting.map((a) => a.created_wall_ms)) : null,
  };
}

export function camerasOf(state: FeedState, userId: string): Set<string> {
  return new Set(Object.entries(state.room?.shares ?? {}).filter(([, who]) => who === userId).map(([camera]) => camera));
}

/** Alerts of priority 1 that nobody takes and that have reached this level, the longest waiting first. */
export function escalated(state: FeedState, level: number): Alert[] {
  return [...state.alerts.values()].filter((a) => a.state === "new" && a.escalation >= level).sort((a, b) => a.waiting_wall_ms - b.waiting_wall_ms);
}

/** Alerts of priority 1 whose owners have not judged them for so long that the supervisor is told, the longest held first. */
export function unjudged(state: FeedState): Alert[] {
  return [...state.alerts.values()].filter((a) => a.state === "taken" && a.escalation >= 2).sort((a, b) => (a.taken_wall_ms ?? 0) - (b.taken_wall_ms ?? 0));
}

export function shelvedNow(state: FeedState): Shelving[] {
  return [...state.shelvings.values()].filter((s) => s.ended_wall_ms === null).sort((a, b) => a.since_wall_ms - b.since_wall_ms);
}

/** The hand-over that somebody must still sign or accept, the newest first. A draft behind which another was begun is none any more: signed now, it would hand over what is open today. */
export function openHandover(state: FeedState): Handover | null {
  const all = [...state.handovers.values()].sort((a, b) => b.created_wall_ms - a.created_wall_ms);
  return all.find((h, behind) => h.state === "signed" || (h.state === "draft" && behind === 0)) ?? null;
}

export function openIncidents(state: FeedState): Incident[] {
  return [...state.incidents.values()]
    .filter((i) => i.state === "open")
    .sort((a, b) => a.priority - b.priority || a.created_wall_ms - b.created_wall_ms);
}
