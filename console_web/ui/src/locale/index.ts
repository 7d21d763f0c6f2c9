/** All words on screen. Spanish (Peru) first; the key type comes from that file, so a missing word fails the build. */
import en from "./en.json";
import esPE from "./es-PE.json";

export type Key = keyof typeof esPE;
export type Locale = "es-PE" | "en";

const LOCALES: Record<Locale, Record<Key, string>> = { "es-PE": esPE, en };
const STORAGE_KEY = "locale";

function stored(): Locale {
  const value = typeof localStorage === "undefined" ? null : localStorage.getItem(STORAGE_KEY);
  return value === "en" ? "en" : "es-PE";
}

export const locale: Locale = stored();

/** Words are read once per page load: changing them means a reload, which keeps every component simple. */
export function changeLocale(next: Locale): void {
  localStorage.setItem(STORAGE_KEY, next);
  location.reload();
}

/** Fills `{name}` places of a text; an unknown place stays visible, so that it is noticed. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Where `count` is 1 the words of `<key>.one`, if there are any. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const single = `${key}.one`;
  return fill(LOCALES[locale][values["count"] === 1 && isKey(single) ? single : key], values);
}

export function isKey(key: string): key is Key {
  return Object.hasOwn(esPE, key);
}

/** The word for a value that the server may extend later: unknown ones are shown as they came. */
export function tOr(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return isKey(key) ? t(key) : value;
}
