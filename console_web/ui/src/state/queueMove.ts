/** Moving through a list by keys. Pure. */

/** The id one step away; from nothing (or from one that has left the list) to the first. Null where the list is empty. */
export function step(ids: readonly string[], current: string | null, by: 1 | -1): string | null {
  if (ids.length === 0) return null;
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null;
}

/** Ids of `now` that were not there `before`: the arrivals. */
export function arrivals(before: ReadonlySet<string>, now: readonly string[]): string[] {
  return now.filter((id) => !before.has(id));
}
