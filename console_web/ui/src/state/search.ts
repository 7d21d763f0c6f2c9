/** Finding cameras and types while typing: without accents, by any words in any order. Pure. */
import type { Camera, OccurrenceType } from "../api/types";

export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}

function hasAll(haystack: string, query: string): boolean {
  const text = plain(haystack);
  return plain(query).split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

/** Types whose name or group holds all the words; those whose name begins with the first word come first. */
export function findTypes(types: readonly OccurrenceType[], query: string): OccurrenceType[] {
  const first = plain(query).split(/\s+/).filter(Boolean)[0] ?? "";
  const found = types.filter((type) => hasAll(`${type.name} ${type.group}`, query));
  if (!first) return found;
  const rank = (type: OccurrenceType): number => (plain(type.name).startsWith(first) ? 0 : 1);
  return found.map((type, i) => ({ type, i })).sort((a, b) => rank(a.type) - rank(b.type) || a.i - b.i).map(({ type }) => type);
}

/** A number finds that camera alone; words find names. */
export function findCameras(cameras: readonly Camera[], query: string): Camera[] {
  const number = /^\s*(\d+)\s*$/.exec(query);
  if (number) {
    const exact = cameras.filter((camera) => camera.number === Number(number[1]));
    return exact.length > 0 ? exact : cameras.filter((camera) => String(camera.number).startsWith(number[1] ?? ""));
  }
  return cameras.filter((camera) => hasAll(camera.name, query));
}
