/** Times on screen: the site's zone with seconds. Pure; `Intl` knows the zones. */

const formatters = new Map<string, Intl.DateTimeFormat>();
let zone = "America/Lima";

export function setTimeZone(name: string): void {
  zone = name;
}

function parts(wallMs: number): Record<string, string> {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formatters.set(zone, formatter);
  }
  return Object.fromEntries(formatter.formatToParts(wallMs).map((part) => [part.type, part.value]));
}

/** 23:04:09 */
export function clock(wallMs: number): string {
  const p = parts(wallMs);
  return `${p["hour"]}:${p["minute"]}:${p["second"]}`;
}

/** 23:04 */
export function clockShort(wallMs: number): string {
  return clock(wallMs).slice(0, 5);
}

/** 05/03/2026 */
export function date(wallMs: number): string {
  const p = parts(wallMs);
  return `${p["day"]}/${p["month"]}/${p["year"]}`;
}

/** 2026-03-05, as <input type="date"> wants it. */
export function isoDate(wallMs: number): string {
  const p = parts(wallMs);
  return `${p["year"]}-${p["month"]}-${p["day"]}`;
}

/** 2026-03-05 from 5/3/2026, 05-03-2026 or 05.03.26; null where that is no day. */
export function isoOfWritten(text: string): string | null {
  const found = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\s*$/.exec(text);
  if (!found) return null;
  const [, d = "", m = "", y = ""] = found;
  const iso = `${y.padStart(4, "20")}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`;
  return instantOf(iso, "12:00") === null ? null : iso;
}

/** A shift as people write it, 27/11/2026 07-15, from the key by which the server knows it, 2026-11-27/07-15; what is none stays as it is. */
export function shiftText(key: string): string {
  return key.replace(/^(\d{4})-(\d\d)-(\d\d)\//, "$3/$2/$1 ");
}

/** With a year of four digits. Before that a day is still being written: 26/11/20 is one, too, on the way to 26/11/2026. */
export function isWholeDay(text: string): boolean {
  return /\D\d{4}\s*$/.test(text) && isoOfWritten(text) !== null;
}

/** domingo, 22 de noviembre de 2026: unmistakable, whatever order the browser writes dates in. */
export function longDate(wallMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "full" }).format(wallMs);
}

export function dateClock(wallMs: number): string {
  return `${date(wallMs)} ${clock(wallMs)}`;
}

/** The zone's offset from UTC at that instant, in milliseconds (Lima: -5 h, but the zone is a setting). */
function zoneOffsetMs(wallMs: number): number {
  const p = parts(wallMs);
  const asUtc = Date.UTC(Number(p["year"]), Number(p["month"]) - 1, Number(p["day"]), Number(p["hour"]), Number(p["minute"]), Number(p["second"]));
  return asUtc - Math.floor(wallMs / 1000) * 1000;
}

/**
 * The instant of a local date (`2026-03-05`) and time (`23:04` or `23:04:09`); null where they are no date or time.
 * Two rounds settle a zone with summer time; a time that a change of the clocks skips gives the instant after it.
 */
export function instantOf(isoDay: string, time: string): number | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(isoDay);
  const hour = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(time);
  if (!day || !hour) return null;
  const [h, m, s] = [Number(hour[1]), Number(hour[2]), Number(hour[3] ?? 0)];
  if (h > 23 || m > 59 || s > 59) return null;
  const local = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]), h, m, s);
  // Date.UTC turns 30 February into 2 March and month 13 into January: such a day is none.
  if (new Date(local).toISOString().slice(0, 10) !== isoDay) return null;
  let instant = local - zoneOffsetMs(local);
  instant = local - zoneOffsetMs(instant);
  return instant;
}

/** 2026-03-05T23:04:09 at the site, as <input type="datetime-local"> wants it. */
export function toLocalInput(wallMs: number): string {
  return `${isoDate(wallMs)}T${clock(wallMs)}`;
}

/** Back; null where it is no time. */
export function fromLocalInput(text: string): number | null {
  const [day = "", time = ""] = text.split("T");
  return instantOf(day, time);
}

/** 7 s · 1:05 · 2:03:09. Never negative: a terminal clock a little behind must not show nonsense. */
export function elapsed(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  if (h > 0) return `${h}:${two(m)}:${two(s)}`;
  return m > 0 ? `${m}:${two(s)}` : `${s} s`;
}

/** 1.8 TB; decimal units, as disks are sold. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit < 2 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}
