/** What is drawn over a camera's picture: polygons, a line, least heights. Pure; places are x and y from 0 to 1, origin top left, as in `cameras.yaml`. */
import type { Camera, Stream, Zone } from "../api/types";

export type Point = [number, number];
export type Polygon = Point[];

export interface Draft {
  zones: readonly Zone[];
  masks: readonly Polygon[];
}

/** Which of them is worked on. */
export interface Chosen {
  kind: "zone" | "mask";
  index: number;
}

/** Rows at which the least heights are shown and dragged; in between and beyond they are straight. */
export const FAR_FOOT = 0.4;
export const NEAR_FOOT = 0.95;
export const MOST_CORNERS = 64;
const DIGITS = 1e4;

/** Width by height of a picture of which nothing is known yet. */
const USUAL_ASPECT = 16 / 9;

/** Width by height of a camera's picture, as its streams say it: the large one, or the small one as long as that is all that came. */
export function aspectOf(streams: Camera["streams"] | undefined): number {
  const known = (stream: Stream | null | undefined): stream is Stream => !!stream && stream.width_px > 0 && stream.height_px > 0;
  const stream = [streams?.main, streams?.sub].find(known);
  return stream ? stream.width_px / stream.height_px : USUAL_ASPECT;
}

export function within(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * DIGITS) / DIGITS;
}

export function movedCorner(polygon: readonly Point[], index: number, to: Point): Polygon {
  return polygon.map((corner, i) => (i === index ? [within(to[0]), within(to[1])] : corner));
}

/** All corners by the same way, no further than the picture's edge: the shape stays what it is. */
export function shifted(polygon: readonly Point[], dx: number, dy: number): Polygon {
  const xs = polygon.map((p) => p[0]);
  const ys = polygon.map((p) => p[1]);
  const x = Math.min(1 - Math.max(...xs), Math.max(-Math.min(...xs), dx));
  const y = Math.min(1 - Math.max(...ys), Math.max(-Math.min(...ys), dy));
  return polygon.map((corner) => [within(corner[0] + x), within(corner[1] + y)]);
}

export function middle(a: Point, b: Point): Point {
  return [within((a[0] + b[0]) / 2), within((a[1] + b[1]) / 2)];
}

/** With one more corner in the middle of the edge that follows a corner. */
export function withCorner(polygon: readonly Point[], after: number): Polygon {
  const a = polygon[after];
  const b = polygon[(after + 1) % polygon.length];
  if (!a || !b || polygon.length >= MOST_CORNERS) return [...polygon];
  return [...polygon.slice(0, after + 1), middle(a, b), ...polygon.slice(after + 1)];
}

/** Without a corner; a triangle stays one. */
export function withoutCorner(polygon: readonly Point[], index: number): Polygon {
  return polygon.length <= 3 ? [...polygon] : polygon.filter((_, i) => i !== index);
}

function turn(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/** Whether two edges that are no neighbours cross: such an outline has no inside. */
export function crosses(polygon: readonly Point[]): boolean {
  const count = polygon.length;
  const at = (i: number): Point => polygon[i % count] ?? [0, 0];
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 2; j < count; j += 1) {
      if (i === 0 && j === count - 1) continue;
      const [a, b, c, d] = [at(i), at(i + 1), at(j), at(j + 1)];
      if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return true;
    }
  }
  return false;
}

/** The two ends of a line. */
export function ends(points: readonly Point[]): [Point, Point] {
  return [points[0] ?? [0, 0], points[1] ?? [1, 0]];
}

/** A line across the middle of a polygon, from side to side of the box around it. */
export function across(polygon: readonly Point[]): [Point, Point] {
  const xs = polygon.map((p) => p[0]);
  const ys = polygon.map((p) => p[1]);
  const y = within((Math.min(...ys) + Math.max(...ys)) / 2);
  return [[Math.min(...xs), y], [Math.max(...xs), y]];
}

/** A unit vector to side B of a line: at the right of who stands at its first point and looks at the second. `aspect`: width by height of the picture. */
export function towardsB(points: readonly Point[], aspect: number): Point {
  const [a, b] = ends(points);
  const dx = (b[0] - a[0]) * aspect;
  const dy = b[1] - a[1];
  const length = Math.hypot(dx, dy) || 1;
  return [-dy / length, dx / length];
}

export function heightAt(limits: { top: number; bottom: number }, foot: number): number {
  return limits.top + (limits.bottom - limits.top) * foot;
}

/** The limits that have these heights at the far and the near row; where nothing would be left at the upper edge, the near one holds. */
export function limitsOf(far: number, near: number): { top: number; bottom: number } {
  const slope = (near - far) / (NEAR_FOOT - FAR_FOOT);
  if (far < slope * FAR_FOOT) return { top: 0, bottom: within(near / NEAR_FOOT) };
  return { top: within(far - slope * FAR_FOOT), bottom: within(far + slope * (1 - FAR_FOOT)) };
}

export function square(): Polygon {
  return [[0.3, 0.4], [0.7, 0.4], [0.7, 0.9], [0.3, 0.9]];
}

/** A name that no zone has yet. */
export function freshName(zones: readonly Zone[], word: string): string {
  const names = new Set(zones.map((zone) => zone.name));
  for (let number = zones.length + 1; ; number += 1) if (!names.has(`${word} ${number}`)) return `${word} ${number}`;
}

export function freshZone(name: string, polygon: Polygon): Zone {
  return { name, polygon, priority: 2, sensitivity: 0.5, min_area: 0.003, min_duration_s: 0.6 };
}

export function outline(draft: Draft, chosen: Chosen): Polygon {
  return (chosen.kind === "zone" ? draft.zones[chosen.index]?.polygon : draft.masks[chosen.index]) ?? [];
}

export function withOutline(draft: Draft, chosen: Chosen, polygon: Polygon): Draft {
  if (chosen.kind === "mask") return { ...draft, masks: draft.masks.map((each, i) => (i === chosen.index ? polygon : each)) };
  return withZone(draft, chosen.index, { polygon });
}

export function withZone(draft: Draft, index: number, change: Partial<Zone>): Draft {
  return { ...draft, zones: draft.zones.map((zone, i) => (i === index ? { ...zone, ...change } : zone)) };
}

export function without(draft: Draft, chosen: Chosen): Draft {
  if (chosen.kind === "mask") return { ...draft, masks: draft.masks.filter((_, i) => i !== chosen.index) };
  return { ...draft, zones: draft.zones.filter((_, i) => i !== chosen.index) };
}

/** Which rules a zone asks for; without any it is about movement. */
export function hasRule(zone: Zone): boolean {
  return [zone.line, zone.loitering, zone.crowd, zone.left, zone.taken].some((rule) => rule !== null && rule !== undefined);
}

export function alertsOnMovement(zone: Zone): boolean {
  return zone.movement ?? !hasRule(zone);
}

export function isFaulty(draft: Draft): boolean {
  const names = draft.zones.map((zone) => zone.name.trim());
  return names.some((name, i) => !name || names.indexOf(name) !== i) || [...draft.masks, ...draft.zones.map((zone) => zone.polygon)].some(crosses);
}

/** A zone or mask that comes, goes or changes; of one that changes, which fields. */
export interface Difference {
  sign: "+" | "−" | "~";
  kind: Chosen["kind"];
  name: string;
  fields: string[];
}

const plain = (value: unknown): string => JSON.stringify(value ?? null);

/** What a draft has that is another than what it began with. Zones are known by their names; masks have none. */
export function differences(base: Draft, draft: Draft): Difference[] {
  const found: Difference[] = [];
  const before = new Map(base.zones.map((zone) => [zone.name, zone]));
  for (const zone of draft.zones) {
    const old = before.get(zone.name);
    before.delete(zone.name);
    if (!old) found.push({ sign: "+", kind: "zone", name: zone.name, fields: [] });
    else {
      const names = [...new Set([...Object.keys(old), ...Object.keys(zone)])] as (keyof Zone)[];
      const fields = names.filter((name) => plain(old[name]) !== plain(zone[name]));
      if (fields.length) found.push({ sign: "~", kind: "zone", name: zone.name, fields });
    }
  }
  for (const name of before.keys()) found.push({ sign: "−", kind: "zone", name, fields: [] });
  const [old, now] = [base.masks.map(plain), draft.masks.map(plain)];
  found.push(...now.flatMap((mask, i) => (old.includes(mask) ? [] : [{ sign: "+" as const, kind: "mask" as const, name: String(i + 1), fields: [] }])));
  found.push(...old.flatMap((mask, i) => (now.includes(mask) ? [] : [{ sign: "−" as const, kind: "mask" as const, name: String(i + 1), fields: [] }])));
  return found;
}
