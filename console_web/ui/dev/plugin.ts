/** docs/design/api.md over the fixtures, with the server's own CSP, so that what it would break breaks here first. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Plugin } from "vite";
import { type WebSocket, WebSocketServer } from "ws";
import type { Alert, Dispatch, DispatchState, Incident, Ptz, TimelineEntry, User } from "../src/api/types";
import * as fixtures from "./fixtures";
import { hlsFile, liveFragments, playlist, snapshot } from "./media";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
let seq = 100;
const listeners = new Set<WebSocket>();

function tell(kind: string, body: unknown): void {
  seq += 1;
  for (const socket of listeners) socket.send(JSON.stringify({ seq, wall_ms: Date.now(), kind, body }));
}

class Refused extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly remedy: string) {
    super(message);
  }
}

const notFound = (): Refused => new Refused(404, "not_found", "No existe.", "");

function userOf(request: IncomingMessage): User {
  const name = /fixture_user=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  const user = fixtures.users.find((u) => u.name === name);
  if (!user) throw new Refused(401, "not_authenticated", "Inicie sesión.", "");
  return user;
}

function find<T>(items: T[], test: (item: T) => boolean): T {
  const found = items.find(test);
  if (found === undefined) throw notFound();
  return found;
}

function note(incident: Incident, kind: TimelineEntry["kind"], actor: string, detail: Record<string, string>): void {
  incident.timeline.push({ entry_id: 1000 + seq, wall_ms: Date.now(), actor, terminal: "Terminal 07", kind, detail });
}

function send(user: User, incident: Incident, body: Record<string, string>): Incident {
  const dispatch: Dispatch = {
    dispatch_id: `d${seq}`, incident_id: incident.incident_id, incident_number: incident.number, camera_id: incident.camera_id, camera_number: incident.camera_number, place: incident.place,
    type_code: incident.type_code, type_name: incident.type_name, priority: incident.priority, incident_note: incident.note, incident_address: incident.address, agency: body["agency"] as Dispatch["agency"], state: "sent",
    note: body["note"] ?? "", created_by: user.full_name, created_wall_ms: Date.now(), occurred_wall_ms: incident.occurred_wall_ms, times: { sent: Date.now() }, has_snapshot: true, unit_id: null, unit_name: "", escalation: 0, call_due_wall_ms: null, called_wall_ms: null, late_step: null, result: null, receiver_name: "", receiver_cip: "", receiver_station: "", delivery: "", delivered_by: "", missed: [],
  };
  incident.dispatches.push(dispatch);
  note(incident, "dispatch_sent", user.full_name, { agency: dispatch.agency, ...(dispatch.note ? { note: dispatch.note } : {}) });
  tell("incident", incident);
  tell("dispatch", dispatch);
  return incident;
}

function open(user: User, from: Alert | null, body: Record<string, string | number>): Incident {
  const camera = find(fixtures.cameras, (c) => c.camera_id === (from?.camera_id ?? body["camera_id"]));
  const type = find(fixtures.occurrences, (o) => o.code === body["type_code"]);
  const incident: Incident = {
    incident_id: `i${seq}`, number: `N-2026-000${seq}`, state: "open", camera_id: camera.camera_id, camera_number: camera.number, place: camera.name, type_code: type.code, type_name: type.name,
    priority: Number(body["priority"]), note: String(body["note"] ?? ""), occurred_wall_ms: from?.started_wall_ms ?? Number(body["occurred_wall_ms"]), created_wall_ms: Date.now(), created_by: user.full_name,
    closed_wall_ms: null, dispatches: [], timeline: [], alert_ids: from ? [from.alert_id] : [], version: 1, address: "", further_cameras: [], duplicate_of: null, duplicates: [], procedure: [],
  };
  note(incident, "incident_opened", user.full_name, {});
  fixtures.incidents.push(incident);
  return incident;
}

function onAlert(user: User, alert: Alert, verb: string, body: Record<string, string>): unknown {
  if (verb === "take" && alert.state === "taken" && alert.owner_id !== user.user_id) throw new Refused(409, "conflict", `La alerta la tiene ${alert.owner_name}.`, "Tome otra de la cola.");
  if (verb === "take") Object.assign(alert, { state: "taken", owner_id: user.user_id, owner_name: user.full_name, taken_wall_ms: Date.now() });
  if (verb === "release") Object.assign(alert, { state: "new", owner_id: null, owner_name: null, taken_wall_ms: null });
  if (verb === "close") Object.assign(alert, { state: "closed", outcome: body["outcome"], closed_wall_ms: Date.now() });
  if (verb === "dispatches") {
    const incident = open(user, alert, body);
    alert.incident_id = incident.incident_id;
    tell("alert", alert);
    return send(user, incident, body);
  }
  tell("alert", alert);
  return alert;
}

function onIncident(user: User, incident: Incident, verb: string, body: Record<string, string>): unknown {
  if (verb === "dispatches") return send(user, incident, body);
  if (verb === "notes") note(incident, "note", user.full_name, { text: body["text"] ?? "" });
  if (verb === "close") Object.assign(incident, { state: "closed", closed_wall_ms: Date.now() });
  tell("incident", incident);
  return incident;
}

function onDispatch(user: User, id: string, to: DispatchState, text: string): Dispatch {
  const incident = find(fixtures.incidents, (i) => i.dispatches.some((d) => d.dispatch_id === id));
  const dispatch = find(incident.dispatches, (d) => d.dispatch_id === id);
  dispatch.state = to;
  dispatch.times[to] = Date.now();
  note(incident, `dispatch_${to}` as TimelineEntry["kind"], user.full_name, { agency: dispatch.agency, ...(text ? { note: text } : {}) });
  tell("dispatch", dispatch);
  tell("incident", incident);
  return dispatch;
}

function change(user: User, parts: string[], body: Record<string, string>): unknown {
  const [what, id = "", verb = ""] = parts;
  if (what === "alerts") return onAlert(user, find(fixtures.alerts, (a) => a.alert_id === id), verb, body);
  if (what === "cameras" && verb === "ptz") return onPtz(id, parts[3] ?? "", body);
  if (what === "cameras" && verb === "device") return fixtures.device(id);
  if (what === "incidents" && !id) {
    const incident = open(user, null, body);
    tell("incident", incident);
    return incident;
  }
  if (what === "incidents") return onIncident(user, find(fixtures.incidents, (i) => i.incident_id === id), verb, body);
  if (what === "dispatches") return onDispatch(user, id, body["to"] as DispatchState, body["note"] ?? "");
  if (what === "holds") return id ? fixtures.holds("holding").items[0] : [];
  if (what === "users" && verb === "password") return { user: find(fixtures.users, (u) => u.user_id === id), password: "llama-quinua-0382" };
  if (what === "users" && id) return Object.assign(find(fixtures.users, (u) => u.user_id === id), body);
  if (what === "users") {
    const made = { ...(body as unknown as User), user_id: `u${seq}`, must_change_password: true };
    fixtures.users.push(made);
    return { user: made, password: "condor-papa-7741" };
  }
  if (what === "session") return fixtures.sessionOf(Object.assign(user, { must_change_password: false }));
  throw notFound();
}

const ptzStates = new Map<string, Ptz>();

function ptzOf(cameraId: string): Ptz {
  const known = ptzStates.get(cameraId) ?? fixtures.ptz(cameraId);
  ptzStates.set(cameraId, known);
  return known;
}

function onPtz(cameraId: string, verb: string, body: Record<string, string>): Ptz {
  const state = ptzOf(cameraId);
  if (verb === "reserve") state.holder = { name: "Operador", terminal: "T1", mine: true, rank: "operator", left_ms: 120_000, reserved: true };
  if (verb === "release") state.holder = null;
  if (verb === "patrol") state.patrol = body["name"] ?? "";
  if (verb === "presets" && body["name"]) state.presets.push({ token: String(state.presets.length + 1), name: body["name"] });
  return state;
}

function read(user: User, parts: string[], query: URLSearchParams): unknown {
  const [what, id = "", verb = ""] = parts;
  const states = query.getAll("state");
  switch (what) {
    case "session": return fixtures.sessionOf(user);
    case "cameras": {
      const from = Number(query.get("from_ms"));
      if (verb === "ptz") return ptzOf(id);
      if (verb === "device") return fixtures.device(id);
      if (verb === "coverage") return fixtures.coverage(from, Number(query.get("to_ms")));
      if (verb === "playlist.m3u8") return Buffer.from(playlist(from));
      return fixtures.cameras;
    }
    case "alerts": return verb === "snapshot" ? snapshot() : { seq, items: fixtures.alerts.filter((a) => states.includes(a.state)) };
    case "incidents":
      if (!id) return { seq, items: fixtures.incidents.filter((i) => states.includes(i.state)).map((i) => ({ ...i, timeline: [] })) };
      if (verb === "snapshot") return snapshot();
      if (verb === "playlist.m3u8") return Buffer.from(playlist(find(fixtures.incidents, (i) => i.incident_id === id).occurred_wall_ms - 10_000));
      return find(fixtures.incidents, (i) => i.incident_id === id);
    case "segments": return hlsFile(id) ?? Promise.reject(notFound());
    case "dispatches": return { seq, items: fixtures.dispatches().filter((d) => states.includes(d.state) && (!user.agency || d.agency === user.agency)) };
    case "occurrences": return fixtures.occurrences;
    case "health": return fixtures.health;
    case "room": return { seq, room: fixtures.room };
    case "shelvings": return { seq, items: fixtures.shelvings };
    case "handovers": return { seq, items: fixtures.handovers };
    case "roster": return fixtures.rosterOf(query.get("day") ?? "");
    case "terminals": return { items: fixtures.terminals };
    case "units": return { seq, items: fixtures.units.filter((u) => !user.agency || u.agency === user.agency) };
    case "nearest-units": return { items: fixtures.nearestUnits };
    case "nearby": return { items: fixtures.near };
    case "channels": return { items: fixtures.channels };
    case "storage": return fixtures.storage;
    case "holds": return id ? fixtures.holdCoverage(id) : fixtures.holds(states[0] ?? "holding");
    case "users": return { items: fixtures.users };
    case "audit": return { items: fixtures.audit };
    default: throw notFound();
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fixture");
  const parts = url.pathname.split("/").slice(2);
  let status = 200;
  let result: unknown;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, string>;
    if (parts[0] === "login") {
      const user = fixtures.users.find((u) => u.name === body["name"]);
      if (!user || body["password"] === "mal") throw new Refused(401, "not_authenticated", "Usuario o contraseña incorrectos.", "Revise mayúsculas y vuelva a intentarlo.");
      response.setHeader("Set-Cookie", `fixture_user=${user.name}; HttpOnly; SameSite=Strict; Path=/`);
      result = fixtures.sessionOf(user);
    } else if (parts[0] === "logout") {
      response.setHeader("Set-Cookie", "fixture_user=; Max-Age=0; Path=/");
      result = {};
    } else result = await (request.method === "POST" ? change(userOf(request), parts, body) : read(userOf(request), parts, url.searchParams));
  } catch (error) {
    const refused = error instanceof Refused ? error : new Refused(500, "unexpected", String(error), "");
    status = refused.status;
    result = { error: { code: refused.code, message: refused.message, remedy: refused.remedy } };
  }
  response.statusCode = status;
  if (Buffer.isBuffer(result)) {
    response.setHeader("Content-Type", url.pathname.endsWith("m3u8") ? "application/vnd.apple.mpegurl" : url.pathname.endsWith("snapshot") ? "image/jpeg" : "video/mp4");
    response.end(result);
    return;
  }
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(result));
}

function live(socket: WebSocket, cameraId: string, stream: "main" | "sub"): void {
  const camera = fixtures.cameras.find((c) => c.camera_id === cameraId);
  if (camera?.streams.main.state !== "online") {
    socket.send(JSON.stringify({ kind: "offline", cause: camera?.streams.main.cause ?? "link" }));
    return;
  }
  const { init, fragments, fps } = liveFragments(stream);
  socket.send(JSON.stringify({ mime: 'video/mp4; codecs="avc1.42c01f"', width_px: 640, height_px: 360 }));
  socket.send(init);
  let at = 0;
  const timer = setInterval(() => {
    const fragment = fragments[at];
    at += 1;
    if (fragment) socket.send(fragment);
    else socket.close();
  }, 1000 / fps);
  socket.on("close", () => clearInterval(timer));
}

function steered(socket: WebSocket, cameraId: string): void {
  const state = ptzOf(cameraId);
  const tell_ = (): void => socket.send(JSON.stringify({ kind: "ptz", body: state }));
  tell_();
  socket.on("message", (text: Buffer) => {
    const way = JSON.parse(text.toString()) as { pan: number; tilt: number; zoom: number };
    state.moving = way.pan !== 0 || way.tilt !== 0 || way.zoom !== 0;
    const [pan, tilt, zoom] = state.position ?? [0, 0, 0];
    state.position = [pan + way.pan * 0.05, tilt + way.tilt * 0.05, zoom + way.zoom * 0.05];
    if (state.moving) state.holder = { name: "Operador", terminal: "T1", mine: true, rank: "operator", left_ms: 10_000, reserved: false };
    tell_();
  });
}

function upgrade(server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const parts = (request.url ?? "").split("/");
  if (parts[1] !== "api") return;
  server.handleUpgrade(request, socket, head, (client) => {
    if (parts[2] === "ptz") return steered(client, parts[3] ?? "");
    if (parts[2] === "live") return live(client, parts[3] ?? "", parts[4] === "main" ? "main" : "sub");
    client.once("message", () => listeners.add(client));
    const ping = setInterval(() => client.send('{"kind":"ping"}'), 10_000);
    client.on("close", () => { listeners.delete(client); clearInterval(ping); });
  });
}

/** A new alert now and then, so that arrivals can be seen and heard. */
function arrive(): void {
  const like = fixtures.alerts[seq % 7];
  if (!like) return;
  const alert: Alert = { ...like, alert_id: `n${seq}`, state: "new", owner_id: null, owner_name: null, incident_id: null, created_wall_ms: Date.now(), started_wall_ms: Date.now() - 900, last_wall_ms: Date.now(), ongoing: true };
  fixtures.alerts.push(alert);
  tell("alert", alert);
}

export function fixtureServer(): Plugin {
  return {
    name: "fixture-server",
    configurePreviewServer(server) {
      const sockets = new WebSocketServer({ noServer: true });
      server.httpServer.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => upgrade(sockets, request, socket, head));
      if (process.env["FIXTURE_ARRIVALS"]) setInterval(arrive, 20_000);
      server.middlewares.use((request, response, next) => {
        response.setHeader("Content-Security-Policy", CSP);
        if (request.url?.startsWith("/api/")) {
          void answer(request, response);
          return;
        }
        const page = /^\/(login|operador|despacho|investigacion|supervision|admin)(\?.*)?$/.exec(request.url ?? "");
        if (page) request.url = `/${page[1]}.html`;
        next();
      });
    },
  };
}
