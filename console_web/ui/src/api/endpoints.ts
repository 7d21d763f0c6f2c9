/** One function per route of docs/design/api.md. */
import { get, post, request } from "./client";
import type {
  Alert, AlertDispatchOrder, AmendInput, AuditRecord, ByHand, CallBack, CallInput, Camera, CameraZones, Channel, CloseOutcome, Closing,
  ConfigApplied, ConfigPreview, Configuration, Coverage, Device, Dispatch, DispatchState, Explanation, FurtherCall, Handover, Health, Hold, HoldCoverage,
  HoldOrder, Holds, Imaging, Incident, IncidentDispatchOrder, IncidentVersion, Listing, LiveCells, MovementFound, MovementSearch, NearCamera,
  NewPassword, OccurrenceType, PersonWords, Persons, ProcedureStep, ProposedCamera, Ptz, Room, RoomFigures, RosterDay, RosterEntry, Session, Shelving,
  Storage, SuggestedUnit, Terminal, Tuning, Unit, UnitState, User, UserChange, UserInput, VerifyInput,
} from "./types";

const id = encodeURIComponent;

export const login = (name: string, password: string): Promise<Session> =>
  request<Session>("POST", "/api/login", { name, password }, true);
export const logout = (): Promise<unknown> => post("/api/logout");
export const session = (): Promise<Session> => request<Session>("GET", "/api/session", undefined, true);
export const changePassword = (current: string, next: string): Promise<unknown> =>
  request("POST", "/api/session/password", { current, new: next }, true);

export const cameras = (): Promise<Camera[]> => get("/api/cameras");
export const occurrences = (): Promise<OccurrenceType[]> => get("/api/occurrences");

export const openAlerts = (): Promise<Listing<Alert>> => get("/api/alerts?state=new&state=taken&limit=200");
export const takeAlert = (alertId: string): Promise<Alert> => post(`/api/alerts/${id(alertId)}/take`);
export const releaseAlert = (alertId: string): Promise<Alert> => post(`/api/alerts/${id(alertId)}/release`);
export const closeAlert = (alertId: string, outcome: CloseOutcome, note: string): Promise<Alert> =>
  post(`/api/alerts/${id(alertId)}/close`, { outcome, note });
export const explanation = (alertId: string): Promise<Explanation> => get(`/api/alerts/${id(alertId)}/explanation`);
export const alertSnapshotUrl = (alertId: string): string => `/api/alerts/${id(alertId)}/snapshot`;

export const dispatchAlert = (alertId: string, order: AlertDispatchOrder): Promise<Incident> =>
  post(`/api/alerts/${id(alertId)}/dispatches`, order);

export const verifyAlert = (alertId: string, body: VerifyInput): Promise<Incident> => post(`/api/alerts/${id(alertId)}/incident`, body);
export const shelvings = (): Promise<Listing<Shelving>> => get("/api/shelvings");
export const endShelving = (shelvingId: string): Promise<Shelving> => post(`/api/shelvings/${id(shelvingId)}/end`);
export const openByCall = (body: CallInput): Promise<Incident> => post("/api/calls", body);
export const nearby = async (text: string, location: readonly number[] | null): Promise<NearCamera[]> => {
  const at = location ? `&lat=${location[0]}&lon=${location[1]}` : "";
  return (await get<{ items: NearCamera[] }>(`/api/nearby?text=${id(text)}${at}`)).items;
};

export const room = (): Promise<{ seq: number; room: Room }> => get("/api/room");
export const roster = (day: string): Promise<RosterDay> => get(`/api/roster?day=${id(day)}`);
export const setRoster = (day: string, shift: string, entries: RosterEntry[]): Promise<RosterDay> => post("/api/roster", { day, shift, entries });
export const handovers = (): Promise<Listing<Handover>> => get("/api/handovers?limit=10");
export const beginHandover = (): Promise<Handover> => post("/api/handovers");
export const addOrder = (handoverId: string, text: string): Promise<Handover> => post(`/api/handovers/${id(handoverId)}/orders`, { text });
export const dropOrder = (handoverId: string, itemId: string): Promise<Handover> => post(`/api/handovers/${id(handoverId)}/orders/${id(itemId)}/drop`);
export const signHandover = (handoverId: string): Promise<Handover> => post(`/api/handovers/${id(handoverId)}/sign`);
export const reopenHandover = (handoverId: string): Promise<Handover> => post(`/api/handovers/${id(handoverId)}/reopen`);
export const acceptItem = (handoverId: string, itemId: string, remark: string): Promise<Handover> =>
  post(`/api/handovers/${id(handoverId)}/items/${id(itemId)}/accept`, { remark });
export const acceptHandover = (handoverId: string): Promise<Handover> => post(`/api/handovers/${id(handoverId)}/accept`);

export const terminals = async (): Promise<Terminal[]> => (await get<{ items: Terminal[] }>("/api/terminals")).items;
export const registerTerminal = async (number: number, name: string): Promise<Terminal[]> =>
  (await post<{ items: Terminal[] }>("/api/terminals", { number, name })).items;
export const forgetTerminal = async (number: string): Promise<Terminal[]> => (await post<{ items: Terminal[] }>(`/api/terminals/${id(number)}/forget`)).items;

export const openByHand = (body: ByHand): Promise<Incident> => post("/api/incidents", body);
export const openIncidents = (): Promise<Listing<Incident>> => get("/api/incidents?state=open&limit=100");
export const incident = (incidentId: string): Promise<Incident> => get(`/api/incidents/${id(incidentId)}`);
export const dispatchIncident = (incidentId: string, order: IncidentDispatchOrder): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/dispatches`, order);
export const addNote = (incidentId: string, text: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/notes`, { text });
export const closeIncident = (incidentId: string, note: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/close`, { note });
export const amendIncident = (incidentId: string, body: AmendInput): Promise<Incident> => post(`/api/incidents/${id(incidentId)}/amend`, body);
export const strikeWords = (incidentId: string, words: string, reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/strike`, { words, reason });
export const incidentVersions = async (incidentId: string): Promise<IncidentVersion[]> =>
  (await get<{ items: IncidentVersion[] }>(`/api/incidents/${id(incidentId)}/versions`)).items;
export const addIncidentCamera = (incidentId: string, camera_id: string, reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/cameras`, { camera_id, reason });
export const removeIncidentCamera = (incidentId: string, cameraId: string, reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/cameras/${id(cameraId)}/remove`, { reason });
export const proposedCameras = async (incidentId: string): Promise<ProposedCamera[]> =>
  (await get<{ items: ProposedCamera[] }>(`/api/incidents/${id(incidentId)}/proposed-cameras`)).items;
export const tickStep = (incidentId: string, step: string, state: ProcedureStep["state"], reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/steps/${id(step)}`, { state, reason });
export const addCall = (incidentId: string, body: FurtherCall): Promise<Incident> => post(`/api/incidents/${id(incidentId)}/calls`, body);
export const linkDuplicate = (incidentId: string, number: string | null, reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/duplicate`, { number, reason });
export const persons = (incidentId: string): Promise<Persons> => get(`/api/incidents/${id(incidentId)}/persons`);
export const addPerson = (incidentId: string, body: PersonWords & { idempotency_key: string }): Promise<Incident> => post(`/api/incidents/${id(incidentId)}/persons`, body);
export const changePerson = (incidentId: string, personId: string, body: PersonWords & { base_version: number }): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/persons/${id(personId)}`, body);
export const removePerson = (incidentId: string, personId: string, base_version: number, reason: string): Promise<Incident> =>
  post(`/api/incidents/${id(incidentId)}/persons/${id(personId)}/remove`, { base_version, reason });
export const incidentCameraPlaylistUrl = (incidentId: string, cameraId: string): string => `/api/incidents/${id(incidentId)}/cameras/${id(cameraId)}/playlist.m3u8`;
export const incidentSnapshotUrl = (incidentId: string): string => `/api/incidents/${id(incidentId)}/snapshot`;
export const attentionUrl = (ending: "csv" | "xlsx" | "geojson", first: string, last: string): string => `/api/attention.${ending}?first=${id(first)}&last=${id(last)}`;
export const figures = (first: string, last: string): Promise<RoomFigures> => get(`/api/figures?first=${id(first)}&last=${id(last)}`);
export const figuresUrl = (first: string, last: string, table: "times" | "false" | "hours"): string =>
  `/api/figures.csv?first=${id(first)}&last=${id(last)}&table=${table}`;
export const coverageUrl = (ending: "csv" | "pdf", day: string): string => `/api/coverage.${ending}?day=${id(day)}`;
export const sheetUrl = (incidentId: string, dispatchId: string): string => `/api/incidents/${id(incidentId)}/dispatches/${id(dispatchId)}/hoja.pdf`;
export const parteUrl = (incidentId: string): string => `/api/incidents/${id(incidentId)}/parte.pdf`;
export const incidentPlaylistUrl = (incidentId: string): string => `/api/incidents/${id(incidentId)}/playlist.m3u8`;

export const dispatches = (states: DispatchState[], limit: number): Promise<Listing<Dispatch>> =>
  get(`/api/dispatches?${states.map((state) => `state=${state}`).join("&")}&limit=${limit}`);
export const advanceDispatch = (dispatchId: string, to: DispatchState, note: string, closing: Partial<Closing> = {}): Promise<Dispatch> =>
  post(`/api/dispatches/${id(dispatchId)}/advance`, { to, note, ...closing });
export const callBack = (dispatchId: string, call: CallBack): Promise<Dispatch> => post(`/api/dispatches/${id(dispatchId)}/call`, call);
export const assignUnit = (dispatchId: string, unitId: string | null): Promise<Dispatch> => post(`/api/dispatches/${id(dispatchId)}/unit`, { unit_id: unitId });
export const units = (): Promise<Listing<Unit>> => get("/api/units");
export const nearestUnits = async (agency: string, cameraId: string): Promise<SuggestedUnit[]> =>
  (await get<{ items: SuggestedUnit[] }>(`/api/nearest-units?agency=${id(agency)}&camera_id=${id(cameraId)}`)).items;
export const createUnit = (agency: string, call_sign: string, kind: Unit["kind"], plate: string, crew: string, sector: string): Promise<Unit> =>
  post("/api/units", { agency, call_sign, kind, plate, crew, sector });
export const changeUnit = (unitId: string, call_sign: string, kind: Unit["kind"], plate: string, crew: string, sector: string): Promise<Unit> =>
  post(`/api/units/${id(unitId)}`, { call_sign, kind, plate, crew, sector });
export const retireUnit = (unitId: string): Promise<Unit> => post(`/api/units/${id(unitId)}/retire`);
export const setUnitState = (unitId: string, to: UnitState, note: string): Promise<Unit> => post(`/api/units/${id(unitId)}/state`, { to, note });

export const playlistUrl = (cameraId: string, fromMs: number, toMs: number): string =>
  `/api/cameras/${id(cameraId)}/playlist.m3u8?from_ms=${Math.round(fromMs)}&to_ms=${Math.round(toMs)}`;
export const coverage = (cameraId: string, fromMs: number, toMs: number): Promise<Coverage> =>
  get(`/api/cameras/${id(cameraId)}/coverage?from_ms=${Math.round(fromMs)}&to_ms=${Math.round(toMs)}`);
export const stillUrl = (cameraId: string, atMs: number): string => `/api/cameras/${id(cameraId)}/still?at_ms=${Math.round(atMs)}`;
export const searchMovement = (body: MovementSearch): Promise<MovementFound> => post("/api/movement/search", body);
export const livePath = (cameraId: string, stream: "main" | "sub"): string => `/api/live/${id(cameraId)}/${stream}`;

export const holds = (state: "holding" | "ended", before?: string): Promise<Holds> =>
  get(`/api/holds?state=${state}${before === undefined ? "" : `&before=${id(before)}`}`);
export const holdCoverage = (holdId: string): Promise<HoldCoverage> => get(`/api/holds/${id(holdId)}/coverage`);
export const placeHold = (body: HoldOrder): Promise<Hold[]> => post("/api/holds", body);
export const prolongHold = (holdId: string, expiresWallMs: number | null): Promise<Hold> =>
  post(`/api/holds/${id(holdId)}/prolong`, { expires_wall_ms: expiresWallMs });
export const askRelease = (holdId: string, text: string): Promise<Hold> => post(`/api/holds/${id(holdId)}/ask-release`, { text });
export const decideRelease = (holdId: string, approve: boolean): Promise<Hold> =>
  post(`/api/holds/${id(holdId)}/release`, { approve });

export const channels = (): Promise<{ items: Channel[] }> => get("/api/channels");
export const storage = (): Promise<Storage> => get("/api/storage");
export const health = (): Promise<Health> => get("/api/health");
export const configuration = (): Promise<Configuration> => get("/api/configuration");
export const previewConfiguration = (version: number | null): Promise<ConfigPreview> => post("/api/configuration/preview", { version });
export const applyConfiguration = (version: number | null, base: number, requireProbe: boolean): Promise<ConfigApplied> =>
  post("/api/configuration/apply", { version, base_version: base, require_probe: requireProbe });

type Zones = Pick<CameraZones, "zones" | "masks">;
const zonesPath = (cameraId: string): string => `/api/cameras/${id(cameraId)}/zones`;
const bodyOf = ({ zones, masks }: ReadonlyZones): Zones => ({ zones: [...zones], masks: [...masks] });
interface ReadonlyZones { zones: readonly Zones["zones"][number][]; masks: readonly Zones["masks"][number][] }
export const cameraZones = (cameraId: string): Promise<CameraZones> => get(zonesPath(cameraId));
export const liveCells = (cameraId: string): Promise<LiveCells> => get(`${zonesPath(cameraId)}/cells`);
export const previewZones = (cameraId: string, draft: ReadonlyZones): Promise<ConfigPreview> => post(`${zonesPath(cameraId)}/preview`, bodyOf(draft));
export const applyZones = (cameraId: string, draft: ReadonlyZones, base: number): Promise<ConfigApplied> =>
  post(`${zonesPath(cameraId)}/apply`, { ...bodyOf(draft), base_version: base });
export const tuneZones = (cameraId: string, draft: ReadonlyZones, days: number): Promise<Tuning> => post(`${zonesPath(cameraId)}/tune`, { ...bodyOf(draft), days });

export const users = async (): Promise<User[]> => (await get<{ items: User[] }>("/api/users")).items;
export const createUser = (body: UserInput): Promise<NewPassword> => post("/api/users", body);
export const changeUser = (userId: string, body: UserChange): Promise<User> => post(`/api/users/${id(userId)}`, body);
export const oneTimePassword = (userId: string): Promise<NewPassword> => post(`/api/users/${id(userId)}/password`);
export const audit = async (limit: number, before?: number): Promise<AuditRecord[]> =>
  (await get<{ items: AuditRecord[] }>(`/api/audit?limit=${limit}${before === undefined ? "" : `&before=${before}`}`)).items;

const camera = (cameraId: string): string => `/api/cameras/${id(cameraId)}`;
export const ptzPreset = (cameraId: string, token: string | null): Promise<Ptz> => post(`${camera(cameraId)}/ptz/preset`, { token });
export const ptzStore = (cameraId: string, name: string): Promise<Ptz> => post(`${camera(cameraId)}/ptz/presets`, { name });
export const ptzForget = (cameraId: string, token: string): Promise<Ptz> => post(`${camera(cameraId)}/ptz/presets/${id(token)}/remove`);
export const ptzPatrol = (cameraId: string, name: string | null): Promise<Ptz> => post(`${camera(cameraId)}/ptz/patrol`, { name });
export const ptzTour = (cameraId: string, token: string, run: boolean): Promise<Ptz> => post(`${camera(cameraId)}/ptz/tour`, { token, run });
export const ptzReserve = (cameraId: string, seconds: number): Promise<Ptz> => post(`${camera(cameraId)}/ptz/reserve`, { seconds });
export const ptzRelease = (cameraId: string): Promise<Ptz> => post(`${camera(cameraId)}/ptz/release`);
export const device = (cameraId: string): Promise<Device> => get(`${camera(cameraId)}/device`);
export const setImaging = (cameraId: string, body: Partial<Imaging>): Promise<Device> => post(`${camera(cameraId)}/device/imaging`, body);
export const driveFocus = (cameraId: string, speed: number): Promise<Device> => post(`${camera(cameraId)}/device/focus`, { speed });
export const switchRelay = (cameraId: string, relay: string, on: boolean): Promise<Device> => post(`${camera(cameraId)}/device/relay`, { relay, on });
export const acceptView = (cameraId: string): Promise<void> => post(`${camera(cameraId)}/accept-view`);
export const rebootCamera = (cameraId: string, confirm: string): Promise<Device> => post(`${camera(cameraId)}/device/reboot`, { confirm });
