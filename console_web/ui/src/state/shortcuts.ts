/** Every key the console listens to, in one table that the help (?) shows and the tests check. Pure, but for `listen`. */
import type { Key } from "../locale";

export type Scope = "global" | "operador" | "mover" | "despacho" | "investigacion";
export type Command =
  | "help" | "mute" | "queue.up" | "queue.down" | "take" | "takeEnter" | "release" | "false" | "serenazgo" | "pnp"
  | "ptz" | "ptz.up" | "ptz.down" | "ptz.left" | "ptz.right" | "ptz.in" | "ptz.out" | "ptz.home" | "ptz.reserve" | "ptz.release"
  | "false.now" | "duplicate" | "verify" | "call" | "flood" | "room"
  | "callback" | "units" | "agency.next" | "note" | "saw" | "incident.next" | "tab.alert" | "tab.grid" | "escape" | "replay"
  | "received" | "en_route" | "on_scene" | "closed"
  | "search" | "why"
  | "play" | "back" | "forward" | "back.minute" | "forward.minute" | "frame.back" | "frame.forward" | "slower" | "faster"
  | "movement.previous" | "movement.next" | "zoom.in" | "zoom.out" | "mark.from" | "mark.to" | "hold" | "holds";

export interface Shortcut {
  command: Command;
  scope: Scope;
  /** KeyboardEvent.key, lower case. */
  key: string;
  shift?: boolean;
  label: Key;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { command: "help", scope: "global", key: "?", label: "key.help" },
  { command: "mute", scope: "global", key: "m", label: "key.mute" },
  { command: "escape", scope: "global", key: "escape", label: "key.escape" },
  { command: "queue.up", scope: "operador", key: "arrowup", label: "key.queue.up" },
  { command: "queue.down", scope: "operador", key: "arrowdown", label: "key.queue.down" },
  { command: "take", scope: "operador", key: "t", label: "key.take" },
  { command: "takeEnter", scope: "operador", key: "enter", label: "key.take" },
  { command: "release", scope: "operador", key: "l", label: "key.release" },
  { command: "false", scope: "operador", key: "f", label: "key.false" },
  { command: "false.now", scope: "operador", key: "x", label: "key.false.now" },
  { command: "duplicate", scope: "operador", key: "d", label: "key.duplicate" },
  { command: "verify", scope: "operador", key: "e", label: "key.verify" },
  { command: "call", scope: "operador", key: "h", label: "key.call" },
  { command: "flood", scope: "operador", key: "b", label: "key.flood" },
  { command: "room", scope: "operador", key: "u", label: "key.room" },
  { command: "serenazgo", scope: "operador", key: "s", label: "key.serenazgo" },
  { command: "pnp", scope: "operador", key: "p", label: "key.pnp" },
  { command: "agency.next", scope: "operador", key: "o", label: "key.agency.next" },
  { command: "callback", scope: "operador", key: "k", label: "key.callback" },
  { command: "note", scope: "operador", key: "n", label: "key.note" },
  { command: "saw", scope: "operador", key: "v", label: "key.saw" },
  { command: "why", scope: "operador", key: "q", label: "key.why" },
  { command: "replay", scope: "operador", key: "r", label: "key.replay" },
  { command: "ptz", scope: "operador", key: "g", label: "key.ptz" },
  // While the panel that moves a camera is open these go before the page's own.
  { command: "ptz.up", scope: "mover", key: "arrowup", label: "key.ptz.up" },
  { command: "ptz.down", scope: "mover", key: "arrowdown", label: "key.ptz.down" },
  { command: "ptz.left", scope: "mover", key: "arrowleft", label: "key.ptz.left" },
  { command: "ptz.right", scope: "mover", key: "arrowright", label: "key.ptz.right" },
  { command: "ptz.in", scope: "mover", key: "+", label: "key.ptz.in" },
  { command: "ptz.out", scope: "mover", key: "-", label: "key.ptz.out" },
  { command: "ptz.home", scope: "mover", key: "h", label: "key.ptz.home" },
  { command: "ptz.reserve", scope: "mover", key: "r", label: "key.ptz.reserve" },
  { command: "ptz.release", scope: "mover", key: "l", label: "key.ptz.release" },
  { command: "incident.next", scope: "operador", key: "i", label: "key.incident.next" },
  { command: "tab.alert", scope: "operador", key: "a", label: "key.tab.alert" },
  { command: "tab.grid", scope: "operador", key: "c", label: "key.tab.grid" },
  { command: "queue.up", scope: "despacho", key: "arrowup", label: "key.queue.up" },
  { command: "queue.down", scope: "despacho", key: "arrowdown", label: "key.queue.down" },
  { command: "received", scope: "despacho", key: "r", label: "key.received" },
  { command: "en_route", scope: "despacho", key: "e", label: "key.en_route" },
  { command: "on_scene", scope: "despacho", key: "l", label: "key.on_scene" },
  { command: "closed", scope: "despacho", key: "c", label: "key.closed" },
  { command: "units", scope: "despacho", key: "u", label: "key.units" },
  { command: "note", scope: "despacho", key: "n", label: "key.note" },
  { command: "play", scope: "investigacion", key: " ", label: "key.play" },
  { command: "back", scope: "investigacion", key: "arrowleft", label: "key.back" },
  { command: "forward", scope: "investigacion", key: "arrowright", label: "key.forward" },
  { command: "back.minute", scope: "investigacion", key: "arrowleft", shift: true, label: "key.back.minute" },
  { command: "forward.minute", scope: "investigacion", key: "arrowright", shift: true, label: "key.forward.minute" },
  { command: "frame.back", scope: "investigacion", key: ",", label: "key.frame.back" },
  { command: "frame.forward", scope: "investigacion", key: ".", label: "key.frame.forward" },
  { command: "slower", scope: "investigacion", key: "-", label: "key.slower" },
  { command: "faster", scope: "investigacion", key: "+", label: "key.faster" },
  { command: "movement.previous", scope: "investigacion", key: "b", label: "key.movement.previous" },
  { command: "movement.next", scope: "investigacion", key: "n", label: "key.movement.next" },
  { command: "zoom.in", scope: "investigacion", key: "i", label: "key.zoom.in" },
  { command: "zoom.out", scope: "investigacion", key: "o", label: "key.zoom.out" },
  { command: "mark.from", scope: "investigacion", key: "[", label: "key.mark.from" },
  { command: "mark.to", scope: "investigacion", key: "]", label: "key.mark.to" },
  { command: "search", scope: "investigacion", key: "f", label: "key.search" },
  { command: "saw", scope: "investigacion", key: "v", label: "key.saw" },
  { command: "hold", scope: "investigacion", key: "h", label: "key.hold" },
  { command: "holds", scope: "investigacion", key: "l", label: "key.holds" },
];

export interface KeyPress {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  /** Lower-case tag name of the element that has the focus, and the type where it is an input. */
  target: string;
  inputType?: string;
}

const TEXT_INPUTS = new Set(["textarea", "select"]);
const PLAIN_INPUTS = new Set(["checkbox", "radio", "range", "button"]);

function typing(press: KeyPress): boolean {
  if (TEXT_INPUTS.has(press.target)) return true;
  return press.target === "input" && !PLAIN_INPUTS.has(press.inputType ?? "text");
}

/** Keys that the focused element itself answers to: Enter and Space on a button must press that button, not another. */
function nativeKey(press: KeyPress, key: string): boolean {
  if (press.target === "button" || press.target === "a" || press.target === "summary") return key === "enter" || key === " ";
  if (press.target === "input") return key === " " || key.startsWith("arrow") || key === "enter";
  return press.target === "video" && key === " ";
}

/** The command of a key press on a page, or null. While somebody types text only Escape is ours. */
export function commandFor(press: KeyPress, scope: Scope): Command | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const key = press.key.toLowerCase();
  if (typing(press) && key !== "escape") return null;
  if (nativeKey(press, key)) return null;
  const fits = (s: Shortcut): boolean =>
    s.key === key && (s.scope === scope || s.scope === "global") && (!key.startsWith("arrow") || (s.shift ?? false) === press.shiftKey);
  return SHORTCUTS.find(fits)?.command ?? null;
}

/** A digit typed outside a text field: part of a camera's number. */
export function digitFor(press: KeyPress): string | null {
  if (press.ctrlKey || press.altKey || press.metaKey || typing(press)) return null;
  return /^\d$/.test(press.key) ? press.key : null;
}

export function pressOf(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof HTMLElement ? event.target : null;
  return {
    key: event.key, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey, altKey: event.altKey, metaKey: event.metaKey,
    target: target?.tagName.toLowerCase() ?? "",
    ...(target instanceof HTMLInputElement ? { inputType: target.type } : {}),
  };
}

/**
 * Enter held down, where it would press or send something: a second press that nobody meant. Chrome clicks the button that has the focus at each
 * repeat, and one form follows another under the same finger. In a text of several lines it is a new line, and stays one.
 */
export function pressedTwice(press: KeyPress, repeat: boolean): boolean {
  return repeat && press.key === "Enter" && (press.target !== "textarea" || press.ctrlKey);
}

/** How a key is written on a button or in the help. */
export function keyName(shortcut: Shortcut): string {
  const names: Record<string, string> = { arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→", enter: "Enter", escape: "Esc", " ": "␣" };
  const name = names[shortcut.key] ?? shortcut.key.toUpperCase();
  return shortcut.shift ? `⇧ ${name}` : name;
}
