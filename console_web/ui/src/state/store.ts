/** The signals every panel reads, and the one feed that writes them. */
import { computed, signal } from "@preact/signals";
import * as api from "../api/endpoints";
import type { Alert, Dispatch, Handover, Incident, Session, Shelving, Unit } from "../api/types";
import { serverNowMs } from "../api/client";
import * as feedOf from "./feed";
import { FeedSocket } from "./feedSocket";

export const session = signal<Session | null>(null);
export const feed = signal<feedOf.FeedState>(feedOf.EMPTY_FEED);
/** null while connected; else since when not (server's clock). */
export const lostSinceMs = signal<number | null>(null);
/** How often the line was opened: what was said before may not have arrived, and nothing is said before the first. */
export const connections = signal(0);
/** True once the lists came for the first time: before that, an empty queue means nothing. */
export const ready = signal(false);
export const nowMs = signal(serverNowMs());
/** The newest change that touched each incident, so that an open panel knows when to load the time line again. */
export const incidentTouched = signal<ReadonlyMap<string, number>>(new Map());

/** Whether the many of low urgency that a flood folds into one counter are shown all the same. */
export const floodOpen = signal(false);
export const queue = computed(() => feedOf.queue(feed.value, session.value?.user.user_id ?? null, floodOpen.value));
/** Everything that is open, whatever a flood or a shelf hides: for the supervisor. */
export const openAlerts = computed(() => [...feed.value.alerts.values()].filter((a) => a.state !== "closed" && a.incident_id === null).sort(feedOf.queueOrder));
/** The cameras that are mine in this shift. */
export const mine = computed(() => feedOf.camerasOf(feed.value, session.value?.user.user_id ?? ""));
export const openIncidents = computed(() => feedOf.openIncidents(feed.value));
export const camerasByNumber = computed(() => [...feed.value.cameras.values()].sort((a, b) => a.number - b.number));

export function putAlert(alert: Alert): void {
  feed.value = feedOf.applyAlert(feed.value, alert);
}
export function putShelving(shelving: Shelving): void {
  feed.value = feedOf.applyShelving(feed.value, shelving);
}
export function putHandover(handover: Handover): void {
  feed.value = feedOf.applyHandover(feed.value, handover);
}
export function putUnit(unit: Unit): void {
  feed.value = feedOf.applyUnit(feed.value, unit);
}
export function putIncident(incident: Incident): void {
  feed.value = feedOf.applyIncident(feed.value, incident);
  touch(incident.incident_id);
}
export function putDispatch(dispatch: Dispatch): void {
  feed.value = feedOf.applyDispatch(feed.value, dispatch);
  touch(dispatch.incident_id);
}

function touch(incidentId: string): void {
  const next = new Map(incidentTouched.value);
  next.set(incidentId, (next.get(incidentId) ?? 0) + 1);
  incidentTouched.value = next;
}

export interface Wanted {
  alerts?: boolean;
  incidents?: boolean;
  dispatches?: () => Promise<feedOf.Loaded["dispatches"]>;
  cameras?: boolean;
  units?: boolean;
  /** Who is there, zones at rest, hand-overs. */
  room?: boolean;
}

let socket: FeedSocket | null = null;

/** Loads what the page wants and keeps it up to date until the page goes. */
export function startFeed(wanted: Wanted, onSessionEnded: () => void): void {
  socket?.stop();
  socket = new FeedSocket({
    async loadLists() {
      const [alerts, incidents, dispatches, cameras, room, shelvings, handovers, units] = await Promise.all([
        wanted.alerts ? api.openAlerts() : undefined,
        wanted.incidents ? api.openIncidents() : undefined,
        wanted.dispatches?.(),
        wanted.cameras ? api.cameras() : undefined,
        wanted.room ? api.room() : undefined,
        wanted.room ? api.shelvings() : undefined,
        wanted.room ? api.handovers() : undefined,
        wanted.units ? api.units() : undefined,
      ]);
      const lists: feedOf.Loaded = {};
      if (alerts) lists.alerts = alerts;
      if (incidents) lists.incidents = incidents;
      if (dispatches) lists.dispatches = dispatches;
      if (cameras) lists.cameras = cameras;
      if (room) lists.room = room;
      if (shelvings) lists.shelvings = shelvings;
      if (handovers) lists.handovers = handovers;
      if (units) lists.units = units;
      feed.value = feedOf.load(feed.value, lists);
      for (const id of feed.value.incidents.keys()) touch(id);
      ready.value = true;
      return feed.value.seq;
    },
    seq: () => feed.value.seq,
    onMessage(message) {
      feed.value = feedOf.reduce(feed.value, message);
      if (message.kind === "incident") touch(message.body.incident_id);
      if (message.kind === "dispatch") touch(message.body.incident_id);
    },
    onConnected(connected) {
      if (connected) {
        lostSinceMs.value = null;
        connections.value += 1;
      } else lostSinceMs.value ??= serverNowMs();
    },
    onSessionEnded,
  });
  socket.start();
}

/** Tells the server how long nobody touched a key or the mouse here: who sits before a dark screen is offered nothing. */
export function reportIdle(idle_s: number): void {
  socket?.say({ idle_s });
}

/** Tells the server which dispatches this board shows: they have arrived. False: the line is not open. */
export function reportShown(dispatchIds: readonly string[]): boolean {
  return socket?.say({ shown: dispatchIds }) ?? false;
}

/** Tells the server which waiting alerts are on this screen: somebody can see them. False: the line is not open. */
export function reportSeen(alertIds: readonly string[]): boolean {
  return socket?.say({ seen: alertIds }) ?? false;
}

export function restartFeed(): void {
  socket?.restart();
}

/** One tick a second, on the second, for every clock and timer on the page. */
export function startClock(): void {
  const tick = (): void => {
    nowMs.value = serverNowMs();
    setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  tick();
}
