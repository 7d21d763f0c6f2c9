/** Sounds made by WebAudio: no files, and nothing that the CSP would have to allow. Browsers want a first click or key. */
import { signal } from "@preact/signals";
import type { AgencyInfo } from "../api/types";

export interface Note {
  hz: number;
  start_s: number;
  length_s: number;
}

/** Told apart without looking: number of strokes and pitch by priority. Pure. */
export function melody(priority: number): readonly Note[] {
  if (priority <= 1) return [0, 0.22, 0.44].map((start_s) => ({ hz: 880, start_s, length_s: 0.16 }));
  if (priority === 2) return [0, 0.25].map((start_s) => ({ hz: 660, start_s, length_s: 0.18 }));
  return [{ hz: 494, start_s: 0, length_s: 0.2 }];
}

/** A new dispatch: two rising pairs, harder to overhear than an alert. */
export const DISPATCH_MELODY: readonly Note[] = [
  { hz: 740, start_s: 0, length_s: 0.18 }, { hz: 988, start_s: 0.2, length_s: 0.26 },
  { hz: 740, start_s: 0.6, length_s: 0.18 }, { hz: 988, start_s: 0.8, length_s: 0.26 },
];

/** A key that is not done: low and short, unlike anything that arrives. */
export const REFUSED_MELODY: readonly Note[] = [{ hz: 220, start_s: 0, length_s: 0.12 }, { hz: 175, start_s: 0.14, length_s: 0.2 }];

/** How an agency's board rings, by the name that the configuration gives it: two boards in one room are told apart. */
export function ringing(sound: AgencyInfo["sound"]): readonly Note[] {
  switch (sound) {
    case "rising": return [523, 659, 784, 1047].map((hz, i) => ({ hz, start_s: i * 0.18, length_s: 0.2 }));
    case "falling": return [1047, 784, 659, 523].map((hz, i) => ({ hz, start_s: i * 0.18, length_s: 0.2 }));
    case "long": return [{ hz: 587, start_s: 0, length_s: 0.7 }, { hz: 587, start_s: 0.9, length_s: 0.7 }];
    default: return DISPATCH_MELODY;
  }
}

const VOLUME_KEY = "volume";

function storedVolume(): number {
  const value = typeof localStorage === "undefined" ? NaN : Number.parseFloat(localStorage.getItem(VOLUME_KEY) ?? "");
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.6;
}

/** 0..1 */
export const volume = signal(storedVolume());
export const muted = signal(false);
/** False until the browser lets us make sound; the header says so as long as it is. */
export const audible = signal(false);

let context: AudioContext | null = null;

async function unlock(): Promise<void> {
  try {
    context ??= new AudioContext();
    await context.resume();
    audible.value = context.state === "running";
  } catch {
    audible.value = false;
  }
}

/** Any first click or key unlocks sound. */
export function armSound(): void {
  const first = (): void => {
    void unlock().then(() => {
      if (!audible.value) return;
      removeEventListener("pointerdown", first);
      removeEventListener("keydown", first);
    });
  };
  addEventListener("pointerdown", first);
  addEventListener("keydown", first);
  // A terminal in kiosk mode may allow sound from the start.
  void unlock();
}

export function setVolume(value: number): void {
  volume.value = Math.min(1, Math.max(0, value));
  localStorage.setItem(VOLUME_KEY, String(volume.value));
}

export function play(notes: readonly Note[], loudness = 1): void {
  if (!context || context.state !== "running" || muted.value || volume.value === 0) return;
  const gain = context.createGain();
  gain.connect(context.destination);
  const level = volume.value * 0.5 * loudness;
  let end = 0;
  for (const note of notes) {
    const oscillator = context.createOscillator();
    const envelope = context.createGain();
    const start = context.currentTime + note.start_s;
    oscillator.type = "triangle";
    oscillator.frequency.value = note.hz;
    // Short ramps: a square envelope clicks, which tires over twelve hours.
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(level, start + 0.015);
    envelope.gain.setValueAtTime(level, start + note.length_s - 0.04);
    envelope.gain.linearRampToValueAtTime(0, start + note.length_s);
    oscillator.connect(envelope).connect(gain);
    oscillator.start(start);
    oscillator.stop(start + note.length_s + 0.05);
    end = Math.max(end, note.start_s + note.length_s);
  }
  setTimeout(() => gain.disconnect(), (end + 0.3) * 1000);
}
