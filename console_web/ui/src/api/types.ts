/**
 * The nouns of docs/design/api.md under short names. All come from the server's OpenAPI document (`npm run types` makes generated.ts),
 * so a field that changes there fails the build here. Times are integer milliseconds UTC (`…_wall_ms`).
 */
import type { components } from "./generated";

type Schemas = components["schemas"];

export type Configuration = Schemas["ConfigurationOut"];
export type ConfigDiff = Schemas["DiffOut"];
export type ConfigPreview = Schemas["PreviewOut"];
export type ConfigApplied = Schemas["AppliedOut"];
export type Zone = Schemas["Zone"];
export type CameraZones = Schemas["ZonesOut"];
export type RoomFigures = Schemas["FiguresOut"];
export type FigureGroup = Schemas["By"];
export type FigureStep = Schemas["Step"];
export type LiveCells = Schemas["CellsOut"];
export type Tuning = Schemas["TuningOut"];
export type Occasion = Schemas["OccasionOut"];
export type User = Schemas["UserOut"];
export type Role = User["role"];
export type Session = Schemas["SessionOut"];
/** An agency's code, from the configuration. */
export type Agency = string;
export type AgencyInfo = Schemas["AgencyOut"];
export type Stream = Schemas["StreamOut"];
export type StreamState = Stream["state"];
export type Camera = Schemas["CameraOut"];
export type Alert = Schemas["AlertOut"];
export type AlertState = Alert["state"];
/** x, y, width, height as fractions of the picture, 0..1. */
export type Box = Alert["box"];
/** The zone of alerts that no movement made: a camera that is away. */
export const SYSTEM_ZONE = "sistema";

/** Between the zone of an alert and what is wrong with the picture, as in `nvr/source_name.py`. */
export const SOURCE_MARK = " ▸ ";
/**
 * What a fault of the system is about: "" for one camera, else the trunk or "la red" that several share; null for movement. What is wrong with the
 * picture follows after `SOURCE_MARK`, where it is not that there is none.
 */
export function systemFault(zone: string): string | null {
  if (zone === SYSTEM_ZONE || zone.startsWith(`${SYSTEM_ZONE}${SOURCE_MARK}`)) return zone.slice(SYSTEM_ZONE.length);
  return zone.startsWith(`${SYSTEM_ZONE}: `) ? zone.slice(SYSTEM_ZONE.length + 2) : null;
}
/** Faults of the system that stand under the camera whose recording they are about. */
const OF_A_RECORDING: ReadonlySet<string> = new Set(["reservas", "archivos"]);
/** Whether an alert is about no one camera: the server's clock, disks, channels, what many cameras share. The camera that it is filed under has no part in it then. */
export function ofSystem(zone: string): boolean {
  const [shared = ""] = (systemFault(zone) ?? "").split(SOURCE_MARK);
  return shared !== "" && !OF_A_RECORDING.has(shared);
}
/** What a camera noticed by itself (tampering, an input), or null: the zone of alerts that no polygon has. */
export function deviceNotice(zone: string): string | null {
  return zone.startsWith("equipo: ") ? zone.slice("equipo: ".length) : null;
}
/** How an operator may close an alert himself; `incident` stands for itself. */
export type CloseOutcome = Exclude<Schemas["AlertOutcome"], "incident">;
export type Incident = Schemas["IncidentOut"];
export type AmendInput = Schemas["AmendIn"];
export type IncidentVersion = Schemas["IncidentVersionOut"];
export type ProposedCamera = Schemas["ProposedCameraOut"];
export type ProcedureStep = Schemas["ProcedureStepOut"];
export type Person = Schemas["PersonOut"];
export type Persons = Schemas["PersonsOut"];
export type PersonWords = Omit<Schemas["PersonIn"], "idempotency_key">;
export type FurtherCall = Schemas["FurtherCallIn"];
export type TimelineEntry = Schemas["TimelineEntryOut"];
export type Dispatch = Schemas["DispatchOut"];
export type DispatchState = Dispatch["state"];
export type DispatchResult = NonNullable<Dispatch["result"]>;
export type Closing = Pick<Schemas["AdvanceIn"], "result" | "receiver_name" | "receiver_cip" | "receiver_station">;
export type CallBack = Schemas["CallBackIn"];
export type Unit = Schemas["UnitOut"];
export type UnitState = Unit["state"];
export type SuggestedUnit = Schemas["SuggestedUnitOut"];
export type OccurrenceType = Schemas["OccurrenceTypeOut"];
export type Ptz = Schemas["PtzOut"];
export type Channel = Schemas["ChannelOut"];
export type Device = Schemas["DeviceOut"];
export type Imaging = Schemas["ImagingIn"];
export type Ir = NonNullable<Imaging["ir"]>;
export type Span = Schemas["SpanOut"];
export type Coverage = Schemas["CoverageOut"];
export type Hold = Schemas["HoldOut"];
export type Holds = Schemas["HoldsOut"];
export type HoldCoverage = Schemas["HoldCoverageOut"];
export type HoldOrder = Required<Schemas["HoldIn"]>;
export type Storage = Schemas["StorageOut"];
export type MovementSearch = Schemas["MovementSearchIn"];
export type MovementFound = Schemas["MovementFoundOut"];
export type Peak = Schemas["PeakOut"];
export type Explanation = Schemas["Explanation"];
export type Health = Schemas["HealthOut"];
export type WorkerHealth = Schemas["WorkerOut"];
export type AuditRecord = Schemas["AuditRecordOut"];
export type NewPassword = Schemas["NewPasswordOut"];
export type UserInput = Required<Schemas["UserIn"]>;
export type UserChange = Schemas["UserChangeIn"];
export type AlertDispatchOrder = Schemas["AlertDispatchIn"];
export type IncidentDispatchOrder = Schemas["IncidentDispatchIn"];
export type ByHand = Schemas["IncidentIn"];

export type Room = Schemas["RoomOut"];
export type Seat = Schemas["SeatOut"];
export type Shelving = Schemas["ShelvingOut"];
export type Handover = Schemas["HandoverOut"];
export type HandoverItem = Schemas["HandoverItemOut"];
export type RosterDay = Schemas["RosterDayOut"];
export type RosterEntry = Schemas["RosterEntryIn"];
export type Terminal = Schemas["TerminalOut"];
export type NearCamera = Schemas["NearCameraOut"];
export type CallInput = Schemas["CallIn"];
export type VerifyInput = Schemas["AlertVerifyIn"];
export type CallOrigin = Schemas["CallOrigin"];

export interface Listing<T> {
  seq: number;
  items: T[];
}

/** What `/api/events` sends, one JSON text message each (docs/design/api.md, WebSockets). */
export type FeedMessage =
  | { kind: "alert"; seq: number; wall_ms: number; body: Alert }
  | { kind: "incident"; seq: number; wall_ms: number; body: Incident }
  | { kind: "dispatch"; seq: number; wall_ms: number; body: Dispatch }
  | { kind: "camera"; seq: number; wall_ms: number; body: Camera }
  | { kind: "room"; seq: number; wall_ms: number; body: Room }
  | { kind: "shelving"; seq: number; wall_ms: number; body: Shelving }
  | { kind: "handover"; seq: number; wall_ms: number; body: Handover }
  | { kind: "unit"; seq: number; wall_ms: number; body: Unit }
  | { kind: "reset" }
  | { kind: "ping" };
