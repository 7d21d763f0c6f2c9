/** Made-up but typed data for every page. Places are Table 8's; people and events are invented. */
import type { Alert, AuditRecord, Camera, Channel, Coverage, Device, Dispatch, DispatchState, Handover, Health, Hold, HoldCoverage, Holds, Incident, NearCamera, OccurrenceType, Ptz, Role, Room, RosterDay, Session, Shelving, Storage, Terminal, TimelineEntry, User, SuggestedUnit, Unit,
} from "../src/api/types";

const PLACES = [
  "Jr. 11 de Febrero con Jr. Revilla Pérez", "Jr. Del Batan con Jr. Sabogal", "Jr. Mejillones con Jr. Chanchamayo", "Jr. Marañón con Jr. Tarapacá",
  "Jr. Tarapacá con Jr. Amazonas", "Jr. Apurímac con Jr. Chanchamayo", "Jr. Amazonas Con Jr. Leguía", "Jr. Santa Teresa con Jr. Sor Manuela Gil",
  "Jr. Fraternidad con Jr. San Salvador", "Jr. Jequetepeque con Jr. Bambamarca", "Jr. Jequetepeque con Jr. Chanchamayo", "Serenazgo (Chanchamayo y Jr. San Mateo)",
  "Av. 13 de Julio con Jr. Ucayali", "Jr. Tarapacá con Jr. Amalia Puga", "Puente Huánuco", "Jr. Huánuco con Jr. Cruz de Piedra", "Jr. Antenor Orrego con Jr. Petateros",
  "Parque la Madre", "Jr. Prolong. Petateros con Jr. Quiñonez", "Jr. Cruz de Piedra con Av. Perú", "Parque San Luis", "Plazuela Horacio Zevallos", "Av. Argentina Cdra. 3",
  "Jr. Cueva de los Tayos con Av. Universitaria", "AV. San Martin con Pse. Santa Rosa", "Jr. Ayacucho con Av. Vía de Evitamiento", "Av. Los Héroes (Plazuela Bolognesi)",
  "Av. Héroes del Cenepa. con Av. Independencia", "Av. Héroes del C. Con Av. La Paz", "Av. Héroes del C. AV. Alfonso Ugarte", "Av. Industrial con Av. De Evitamiento Sur",
  "Av. Atahualpa - Av. Viat. (Ovalo Musical)", "Av. Atahualpa con Jr. Reyna Farge.", "Av. Evitamiento Norte con Jr. Angamos", "AV. Independencia con Jr. Bolívar",
  "Puente Sullana", "Jr. Dos de Mayo con Iglesia Santa Apolonia", "Jr. Cruz de Piedra con Jr. Comercio", "Jr. Dos de Mayo con Jr. Amalia Puga",
  "Av. Hoyos Rubio frente al Restaurante la Campiña", "Capac Ñan", "Jr. Loreto y Av. Perú",
];

const start = Date.now();
const ago = (seconds: number): number => start - seconds * 1000;

export const cameras: Camera[] = PLACES.map((name, i) => {
  const off = [8, 16, 31].includes(i);
  const stream = (width_px: number, height_px: number, fps: number, kbps: number, recorded: boolean): Camera["streams"]["main"] => ({
    state: off ? "offline" : i === 22 ? "connecting" : "online", since_wall_ms: ago(off ? 4000 + i * 700 : 90_000 + i * 31), cause: off ? (i === 16 ? "authentication" : "link") : "",
    detail: off && i !== 16 ? "no hay ruta" : "", quarantined: i === 31, encrypted: i % 6 === 0, recorded,
    faults: i === 4 && recorded ? [{ aspect: "picture", condition: "covered", since_wall_ms: ago(340), detail: "gone 97% of 131 tiles, flat 93%" }] : [],
    width_px, height_px, fps, kbps: off ? 0 : kbps + i * 7,
  });
  return {
    camera_id: `cam${String(i + 1).padStart(2, "0")}`, number: i + 1, name, location: null, trunk: null, neighbours: {}, zones: [], ptz: i % 6 === 0, device: i % 3 === 0,
    streams: { main: stream(1920, 1080, off ? 0 : 25, 3900, true), sub: stream(640, 360, off ? 0 : 10, 380, false) },
  };
});

function place(number: number): { camera_id: string; camera_number: number; place: string } {
  const camera = cameras[number - 1];
  if (!camera) throw new Error(`no camera ${number}`);
  return { camera_id: camera.camera_id, camera_number: number, place: camera.name };
}

function makeAlert(id: number, number: number, priority: number, age_s: number, more: Partial<Alert> = {}): Alert {
  return {
    alert_id: `a${id}`, ...place(number), zone: "vereda norte", priority, state: "new", started_wall_ms: ago(age_s + 1), decided_wall_ms: ago(age_s), created_wall_ms: ago(age_s),
    last_wall_ms: ago(Math.max(0, age_s - 8)), ongoing: age_s < 20, score: 0.7, box: [0.42, 0.35, 0.14, 0.38], has_snapshot: true, count: 1 + (id % 4), owner_id: null, owner_name: null,
    taken_wall_ms: null, closed_wall_ms: null, outcome: null, incident_id: null,
    cameras: [], waiting_wall_ms: ago(age_s), shelved: false, offer_user_id: null, offer_user_name: null, offer_until_wall_ms: null, escalation: 0, object_kind: "", object_score: 0, ...more,
  };
}

export const alerts: Alert[] = [
  makeAlert(1, 18, 1, 52, { escalation: 2, offer_user_id: "u9", offer_user_name: "Rosa Chávez Díaz", offer_until_wall_ms: start + 9000 }), makeAlert(2, 37, 1, 31, { object_kind: "person", object_score: 0.83 }), makeAlert(3, 5, 2, 48, { cameras: [6, 7], offer_user_id: "u1", offer_user_name: "Luis Huamán Tafur", offer_until_wall_ms: start + 600_000 }), makeAlert(4, 40, 2, 95), makeAlert(5, 26, 3, 140, { zone: "" }), makeAlert(6, 12, 3, 260),
  makeAlert(7, 32, 3, 410, { has_snapshot: false }), makeAlert(9, 1, 1, 20, { zone: "sistema: reloj del servidor", has_snapshot: false }), makeAlert(10, 9, 2, 70, { zone: "sistema", has_snapshot: false, ongoing: true }),
  makeAlert(8, 2, 2, 120, { state: "taken", owner_id: "u9", owner_name: "Rosa Chávez Díaz", taken_wall_ms: ago(60) }),
];

function makeDispatch(id: number, incident: { incident_id: string; number: string; type_code: string; type_name: string; priority: number; note: string }, number: number,
  agency: Dispatch["agency"], state: DispatchState, age_s: number, note = ""): Dispatch {
  const order: DispatchState[] = ["sent", "received", "en_route", "on_scene", "closed"];
  const times: Dispatch["times"] = {};
  order.slice(0, order.indexOf(state) + 1).forEach((step, i) => { times[step] = ago(age_s - i * 35); });
  return {
    dispatch_id: `d${id}`, incident_id: incident.incident_id, incident_number: incident.number, ...place(number), type_code: incident.type_code, type_name: incident.type_name,
    priority: incident.priority, incident_note: incident.note, incident_address: "", agency, state, note, created_by: "Luis Huamán Tafur", created_wall_ms: ago(age_s), occurred_wall_ms: ago(age_s + 40), times, unit_id: null, unit_name: "", escalation: state === "sent" && age_s > 60 ? 1 : 0, call_due_wall_ms: state === "sent" && age_s > 60 ? ago(age_s - 60) : null, called_wall_ms: null, late_step: null, result: null, receiver_name: "", receiver_cip: "", receiver_station: "", delivery: "", delivered_by: "", missed: [], has_snapshot: true,
  };
}

function procedure(): Incident["procedure"] {
  const steps: [string, string, boolean][] = [["lugar", "Confirmar el lugar con la cámara o con quien llama", true], ["describir", "Anotar descripción de personas: sexo, ropa, estatura, hacia dónde van", true],
    ["serenazgo", "Despachar Serenazgo o confirmar que ya va", false], ["pnp", "Derivar a la PNP y anotar quién recibe", true], ["grabacion", "Verificar que la grabación del hecho esté completa", false]];
  return steps.map(([step, text, required], i) => ({ step, text, required, state: i === 0 ? "done" : null, reason: "", actor: i === 0 ? "Luis Huamán Tafur" : "", terminal: i === 0 ? "Terminal 07" : "", wall_ms: i === 0 ? ago(90) : null }));
}

function makeIncident(id: number, number: number, type_code: string, type_name: string, priority: number, note: string, age_s: number): Incident {
  return {
    incident_id: `i${id}`, number: `N-2026-000${120 + id}`, state: "open", ...place(number), type_code, type_name, priority, note, occurred_wall_ms: ago(age_s + 40),
    created_wall_ms: ago(age_s), created_by: "Luis Huamán Tafur", closed_wall_ms: null, dispatches: [], timeline: [], alert_ids: ["a9"], version: 1, address: "", further_cameras: [], duplicate_of: null, duplicates: [], procedure: procedure(),
  };
}

const theft = makeIncident(1, 14, "PAT-ARREBATO", "Robo al paso o arrebato", 1, "Dos personas en moto, huyen por Amalia Puga hacia la plaza", 150);
const fight = makeIncident(2, 21, "ORD-GRESCA", "Gresca o pandillaje", 1, "", 700);
const drink = makeIncident(3, 27, "ORD-LICOR", "Personas libando licor", 3, "Grupo de cinco", 1900);
theft.dispatches = [makeDispatch(1, theft, 14, "serenazgo", "en_route", 150, "Dos personas en moto, casaca roja"), makeDispatch(2, theft, 14, "pnp", "sent", 80, "Derivado por robo con arma blanca")];
fight.dispatches = [makeDispatch(3, fight, 21, "serenazgo", "on_scene", 690)];
drink.dispatches = [makeDispatch(4, drink, 27, "serenazgo", "received", 1890, "Conversar y retirar")];
const fresh = makeIncident(4, 36, "TRA-ATROPELLO", "Atropello", 1, "Mototaxi y peatón, la persona no se levanta", 22);
fresh.dispatches = [makeDispatch(5, fresh, 36, "serenazgo", "sent", 20, "Persona en la calzada, ambulancia avisada por el 106")];
const old = makeIncident(5, 7, "ORD-RUIDOS", "Ruidos molestos", 3, "", 9000);
old.state = "closed";
old.dispatches = [makeDispatch(6, old, 7, "serenazgo", "closed", 8900)];

let entry = 0;
function line(wall_ms: number, kind: TimelineEntry["kind"], actor: string, detail: Record<string, string> = {}): TimelineEntry {
  entry += 1;
  return { entry_id: entry, wall_ms, actor, terminal: actor ? "Terminal 07" : "", kind, detail };
}

export const incidents: Incident[] = [theft, fight, drink, fresh, old].map((incident) => ({
  ...incident,
  timeline: [
    line(incident.occurred_wall_ms, "detected", "", { zone: "vereda norte" }), line(incident.occurred_wall_ms + 400, "alert_created", ""),
    line(incident.created_wall_ms - 20_000, "alert_taken", "Luis Huamán Tafur"), line(incident.created_wall_ms, "incident_opened", "Luis Huamán Tafur", incident.note ? { note: incident.note } : {}),
    ...incident.dispatches.flatMap((d) => Object.entries(d.times).map(([step, at]) => line(at, `dispatch_${step}` as TimelineEntry["kind"], step === "sent" ? "Luis Huamán Tafur" : "Base Serenazgo", { agency: d.agency, ...(d.note && step === "sent" ? { note: d.note } : {}) }))),
  ].sort((a, b) => a.wall_ms - b.wall_ms),
}));

export const dispatches = (): Dispatch[] => incidents.flatMap((i) => i.dispatches);

export const occurrences: OccurrenceType[] = [
  ["PAT-ROBO", "Patrimonio", "Robo con violencia", 1], ["PAT-ARREBATO", "Patrimonio", "Robo al paso o arrebato", 1], ["PAT-HURTO", "Patrimonio", "Hurto", 1], ["PAT-AUTOPARTES", "Patrimonio", "Robo de autopartes", 1],
  ["PER-AGRESION", "Persona", "Agresión física", 1], ["PER-FAMILIAR", "Persona", "Violencia familiar", 1], ["PER-EXTRAVIADA", "Persona", "Persona extraviada (menor o adulto mayor)", 2],
  ["ORD-GRESCA", "Orden público", "Gresca o pandillaje", 1], ["ORD-LICOR", "Orden público", "Personas libando licor", 3], ["ORD-RUIDOS", "Orden público", "Ruidos molestos", 3], ["ORD-SOSPECHOSA", "Orden público", "Persona sospechosa", 2],
  ["TRA-HERIDOS", "Tránsito", "Accidente con heridos", 1], ["TRA-ATROPELLO", "Tránsito", "Atropello", 1], ["EME-INCENDIO", "Emergencia", "Incendio", 1], ["MUN-BASURA", "Municipal", "Arrojo o quema de basura", 3],
].map(([code, group, name, priority]) => ({ code, group, name, priority }) as OccurrenceType);

function makeUser(id: number, name: string, full_name: string, role: Role, more: Partial<User> = {}): User {
  return { user_id: `u${id}`, name, full_name, role, agency: null, cameras: null, enabled: true, must_change_password: false, ...more };
}

/** The log-in name chooses the role; any password does, but `mal` is refused. */
export const users: User[] = [
  makeUser(1, "operador", "Luis Huamán Tafur", "operator"), makeUser(2, "supervisor", "Carmen Quispe Rojas", "supervisor"),
  makeUser(3, "serenazgo", "Base Serenazgo", "dispatcher", { agency: "serenazgo" }), makeUser(4, "pnp", "Enlace PNP Cajamarca", "dispatcher", { agency: "pnp" }),
  makeUser(5, "investigador", "Jorge Alva Ríos", "investigator"), makeUser(6, "admin", "Administración", "admin"),
  makeUser(7, "nuevo", "María Cruzado", "operator", { must_change_password: true, cameras: ["cam01", "cam02", "cam03"] }), makeUser(8, "exoperador", "Pedro Vásquez", "operator", { enabled: false }),
];

const makeUnit = (id: number, call_sign: string, state: Unit["state"], age_s: number, more: Partial<Unit> = {}): Unit => ({
  unit_id: `unit${id}`, agency: "serenazgo", call_sign, kind: "vehicle", plate: "EGK-123", crew: "Pérez, Alva", sector: "Sector 3", state, since_wall_ms: ago(age_s), state_note: "",
  limit_s: state === "available" ? null : 600, free: state === "available" || state === "returning", may: ["delayed", "unavailable", "out_of_service", "manual"], dispatch_id: null,
  latitude: null, longitude: null, position_wall_ms: null, in_use: true, ...more,
});
export const units: Unit[] = [
  makeUnit(1, "S-01", "available", 900), makeUnit(2, "S-02", "on_scene", 700), makeUnit(3, "M-07", "en_route", 120, { kind: "motorcycle" }), makeUnit(4, "S-04", "unavailable", 200),
];
export const nearestUnits: SuggestedUnit[] = [
  { unit_id: "unit1", call_sign: "S-01", kind: "vehicle", crew: "Pérez, Alva", sector: "Sector 3", reason: "position", metres: 340 },
];

const deadlines = { received_s: 60, en_route_s: 180, on_scene_s: 600 };
export const agencies: Session["agencies"] = [
  { code: "serenazgo", name: "SERENAZGO", sound: "double", channel: "board", contact: "radio", deadlines },
  { code: "pnp", name: "PNP", sound: "double", channel: "board", contact: "105", deadlines },
  { code: "bomberos", name: "Bomberos", sound: "falling", channel: "telephone", contact: "116", deadlines },
];

export function sessionOf(user: User): Session {
  return { user, csrf_token: "fixture", site: "Cajamarca", timezone: "America/Lima", terminal: "", idle_lock_s: 600, agencies };
}

export function coverage(fromMs: number, toMs: number): Coverage {
  const day = 86_400_000;
  const at = (share: number): number => fromMs + share * day;
  const cut = (from: number, to: number): { from_wall_ms: number; to_wall_ms: number } => ({ from_wall_ms: Math.round(Math.min(at(from), toMs)), to_wall_ms: Math.round(Math.min(at(to), toMs)) });
  const kept = <T extends { from_wall_ms: number; to_wall_ms: number }>(spans: T[]): T[] => spans.filter((s) => s.to_wall_ms > s.from_wall_ms);
  return {
    spans: kept([cut(0, 0.14), cut(0.2, 0.41), cut(0.415, 0.6), cut(0.63, 1)].map((span) => ({ ...span, keyframes: false, damaged: false }))),
    gaps: kept([{ ...cut(0.14, 0.2), cause: "link" as const, detail: "sin respuesta" }, { ...cut(0.41, 0.415), cause: "camera" as const, detail: "" }, { ...cut(0.6, 0.63), cause: "planned" as const, detail: "mantenimiento" }]),
    movements: kept(Array.from({ length: 70 }, (_, i) => ({ ...cut(((i * 37) % 700) / 702, ((i * 37) % 700) / 702 + 0.0006), zone: "vereda" }))),
  };
}

export const health: Health = {
  workers: ["control", "ingest-0", "ingest-1", "analytics-0", "analytics-1"].map((worker, i) => ({
    worker, pid: 4100 + i, age_ms: i === 4 ? 42_000 : 900 + i * 100, cpu_cores: 0.06 + i * 0.03, rss_bytes: 1.4e8 + i * 2e7, counters: { packets: 190_000 + i, dropped: 0 },
  })),
  cameras: [], disk: { free_bytes: 1.31e12, total_bytes: 4e12, reserve_bytes: 1e11 }, catalogue: { kind: "sqlite", last_seq: 1250, size_bytes: 3_400_000 },
  clock: { error_s: 0.004, doubt: "" },
};

export const audit: AuditRecord[] = Array.from({ length: 40 }, (_, i) => ({
  audit_id: 400 - i, wall_ms: ago(i * 47), actor: ["operador", "supervisor", "serenazgo"][i % 3] ?? "", terminal: `Terminal 0${1 + (i % 9)}`, address: "10.20.0.17",
  action: ["login", "alert.take", "dispatch.advance", "recording.play"][i % 4] ?? "", object: ["", "a12", "d7", "cam18"][i % 4] ?? "", detail: i % 4 === 2 ? { to: "received" } : {},
}));

const DAY_MS = 86_400_000;

function hold(number: number, state: Hold["state"], reason: string, more: Partial<Hold> = {}): Hold {
  return {
    hold_id: `h${number}`, camera_id: `cam${String(number).padStart(2, "0")}`, camera_number: number, place: PLACES[number - 1] ?? "", from_wall_ms: ago(7200 + number * 900),
    to_wall_ms: ago(6000 + number * 800), state, incident_id: null, reason, authority: "", created_by: "investigador", created_wall_ms: ago(5400), expires_wall_ms: start + 365 * DAY_MS,
    warned_wall_ms: null, asked_by: null, asked_by_id: null, asked_wall_ms: null, asked_reason: "", ended_by: null, ended_wall_ms: null, size_bytes: 4.1e8 * number, missing_ms: state === "active" && number % 2 === 0 ? 61_000 * number : 0, impaired_ms: 0, ...more,
  };
}

export function holdCoverage(holdId: string): HoldCoverage {
  const about = holds("holding").items.find((each) => each.hold_id === holdId) ?? hold(2, "active", "");
  const from = about.from_wall_ms, missing = about.missing_ms ?? 0;
  return {
    hold_id: holdId, from_wall_ms: from, to_wall_ms: about.to_wall_ms ?? start, recorded_ms: 600_000, missing_ms: missing, count: 2,
    lacks: [
      { from_wall_ms: from, to_wall_ms: from + missing / 2, lack: "gap", cause: "link", detail: "sin ruta hacia la cámara", ongoing: false },
      { from_wall_ms: from + missing, to_wall_ms: from + 1.5 * missing, lack: "gap", cause: "software", detail: "", ongoing: false },
    ],
  };
}

export function holds(state: string): Holds {
  const items = state === "ended"
    ? [hold(12, "released", "Choque en la esquina; denuncia retirada", { ended_by: "supervisor", ended_wall_ms: ago(900) }), hold(7, "expired", "N-2026-000031", { incident_id: "i31", ended_by: "sistema", ended_wall_ms: ago(86_400) })]
    : [
      hold(1, "active", "Robo al paso frente a la bodega; lo pide la fiscal Torres", { authority: "Oficio 812-2026-FPPC" }), hold(2, "active", "N-2026-000123", { incident_id: "i1", created_by: "operador", to_wall_ms: null }),
      hold(4, "active", "N-2026-000098", { incident_id: "i2", expires_wall_ms: start + 9 * DAY_MS, warned_wall_ms: ago(3600) }),
      hold(9, "asked", "Agresión en el parque", { authority: "Carpeta 33-2026", asked_by: "investigador", asked_by_id: "u4", asked_wall_ms: ago(1800), asked_reason: "El caso se archivó por disposición 4" }),
      hold(15, "active", "Daños al puente", { expires_wall_ms: null }),
    ];
  return { items, count: items.length, more: false, held_bytes: 1.31e10, budget_bytes: 2e11, warning_days: 15 };
}

Object.assign(theft.dispatches[1] ?? {}, { delivery: "delivered", delivered_by: "correo_pnp", missed: ["board: nadie frente al tablero", "aviso_pnp: no respondió a tiempo"] });
Object.assign(fresh.dispatches[0] ?? {}, { delivery: "undelivered", missed: ["board: el tablero no confirmó", "correo_serenazgo: SMTP 451"] });

export const channels: Channel[] = [
  { name: "board", kind: "board", agency: "serenazgo", waiting: 0, delivered_wall_ms: ago(40), failing_since_wall_ms: null, fault_wall_ms: null, fault: "" },
  { name: "board", kind: "board", agency: "pnp", waiting: 0, delivered_wall_ms: ago(5400), failing_since_wall_ms: ago(75), fault_wall_ms: ago(75), fault: "nadie frente al tablero" },
  { name: "aviso_pnp", kind: "webhook", agency: null, waiting: 0, delivered_wall_ms: ago(90_000), failing_since_wall_ms: ago(70), fault_wall_ms: ago(65), fault: "no respondió a tiempo" },
  { name: "correo_pnp", kind: "mail", agency: null, waiting: 0, delivered_wall_ms: ago(64), failing_since_wall_ms: null, fault_wall_ms: null, fault: "" },
  { name: "celular_jefe", kind: "apprise", agency: null, waiting: 1, delivered_wall_ms: null, failing_since_wall_ms: null, fault_wall_ms: null, fault: "" },
];

export const storage: Storage = {
  made_wall_ms: ago(1200), measured: true, sound: false, accepted: "", least_days: 45, sustained_days: 41.3, breaks_in_days: 12.6, full_in_days: 9.1, only_held_in_days: null,
  bytes_per_day: 1.78e12, room_bytes: 7.35e13, free_bytes: 1.31e12, held_bytes: 1.31e10, hold_bytes_per_day: 4.2e8,
  pools: [
    { name: "", path: "/var/lib/nvr/recordings", present: true, free_bytes: 4.1e11, total_bytes: 5e11, reserve_bytes: 1.1e9 }, { name: "disco1", path: "/mnt/disco1/nvr", present: true, free_bytes: 9e11, total_bytes: 4e13, reserve_bytes: 1.1e9 },
    { name: "disco2", path: "/mnt/disco2/nvr", present: false, free_bytes: 0, total_bytes: 0, reserve_bytes: 1.1e9 },
  ],
  flows: cameras.map((c, i) => ({
    camera_id: c.camera_id, stream: "main", camera_number: c.number, place: c.name, bytes_per_day: 4.1e10 + i * 4e8, stock_bytes: 1.6e12 + i * 1e10, age_days: 38.2 - (i % 5), kept_days: 45,
  })),
};

export function ptz(cameraId: string): Ptz {
  const presets = ["Inicio", "Esquina norte", "Puerta del mercado", "Paradero"].map((name, i) => ({ token: String(i + 1), name }));
  return {
    camera_id: cameraId, movable: true, fault: "", moving: false, position: [0.12, -0.05, 0.3], presets, tours: [{ token: "t1", name: "Recorrido", running: false }],
    patrols: ["Ronda de noche"], patrol: "", patrol_held: false, holder: { name: "Rosa Chávez Díaz", terminal: "Terminal 04", mine: false, rank: "operator", left_ms: 41_000, reserved: true },
  };
}

export function device(cameraId: string): Device {
  return {
    camera_id: cameraId, manufacturer: "Simulador", model: "Domo", firmware: "1.0", serial: "SIM-07", address: "10.20.0.7:80", clock_offset_s: 7200.4, events: "",
    levels: ["brightness", "contrast", "saturation", "sharpness"].map((name, i) => ({ name, value: 50 + i, least: 0, most: 100 })), ir: "auto", focus: "manual", focus_moves: true,
    relays: [{ token: "relay0", pulse: false, on: true }, { token: "relay1", pulse: true, on: null }],
  };
}

const seat = (user_id: string, name: string, terminal: string, more: Partial<Room["seats"][number]> = {}): Room["seats"][number] => ({
  user_id, name, role: "operator", terminal, level: 2, post: "Cámaras", chief: false, idle: false, ...more,
});
export const room: Room = {
  shift: "2026-11-26/07-15", closing: true, unwatched: [], flood_since_wall_ms: ago(140), waiting: { 1: 2, 2: 9, 3: 4987 }, stale: 2,
  seats: [seat("u1", "Luis Huamán Tafur", "Terminal 07"), seat("u9", "Rosa Chávez Díaz", "Terminal 03", { level: 3, idle: true }), seat("u7", "Elena Vásquez Rojas", "Mesa", { role: "supervisor", chief: true, post: "Supervisión" })],
  shares: Object.fromEntries(cameras.map((c, i) => [c.camera_id, i % 2 ? "u9" : "u1"])),
};
export const shelvings: Shelving[] = [{
  shelving_id: "s1", ...place(23), zone: "árboles", since_wall_ms: ago(200), until_wall_ms: start + 700_000, starts: 5, ended_wall_ms: null, ended_by: null,
}];
const item = (item_id: string, kind: Handover["items"][number]["kind"], text: string, more: Partial<Handover["items"][number]> = {}): Handover["items"][number] => ({
  item_id, kind, ref: "", text, accepted_by: null, accepted_wall_ms: null, remark: "", hidden: false, ...more,
});
export const handovers: Handover[] = [{
  handover_id: "h1", shift: "2026-11-25/23-07", to_shift: "2026-11-26/07-15", state: "signed", created_wall_ms: ago(900), created_by: "Jorge Cueva", signed_by_id: "u8", signed_by: "Jorge Cueva",
  signed_wall_ms: ago(600), accepted_by: null, accepted_wall_ms: null,
  items: [item("i1", "incident", "N-2026-000121 · cámara 14 Jr. Tarapacá con Jr. Amalia Puga", { accepted_by: "Luis Huamán Tafur", accepted_wall_ms: ago(300), remark: "la patrulla sigue en el lugar" }),
    item("c1", "camera", "cámara 17 Jr. Antenor Orrego con Jr. Petateros · contraseña rechazada"), item("o1", "order", "Vigilar la plazuela Bolognesi hasta las 02:00: aviso de la comisaría")],
}];
export const rosterOf = (day: string): RosterDay => ({
  now: { key: `${day}/07-15`, day, name: "07-15", from_wall_ms: start, to_wall_ms: start },
  people: { u1: "Luis Huamán Tafur", u9: "Rosa Chávez Díaz", u7: "Elena Vásquez Rojas" },
  rosters: ["07-15", "15-23", "23-07"].map((name, i) => ({
    shift: { key: `${day}/${name}`, day, name, from_wall_ms: start, to_wall_ms: start },
    entries: i === 0 ? [{ user_id: "u1", user_name: "Luis Huamán Tafur", post: "Terminal 07", level: 2, chief: false }, { user_id: "u7", user_name: "Elena Vásquez Rojas", post: "Mesa", level: 3, chief: true }] : [],
  })),
});
export const terminals: Terminal[] = [1, 2, 3].map((number) => ({ number, name: `Terminal ${number}`, registered_by: "Admin", registered_wall_ms: ago(9e5), here: number === 2 }));
export const near: NearCamera[] = [{ camera_id: "cam07", number: 7, name: "Jr. Amazonas Con Jr. Leguía", metres: 85 }, { camera_id: "cam05", number: 5, name: "Jr. Tarapacá con Jr. Amazonas", metres: null }];
