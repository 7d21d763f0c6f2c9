/** Hearing recorded video. Muted until somebody asks: a room of twelve terminals that all talk hears nothing. */
import { useState } from "preact/hooks";
import type { RefObject } from "preact";
import { t } from "../locale";

/** "none": no sound was decoded yet, so none is offered. */
type Sound = "none" | "off" | "on";

/** Chromium's count of sound that it decoded; elsewhere the track list, where there is one. */
function heard(video: HTMLVideoElement): boolean {
  const known = video as HTMLVideoElement & { webkitAudioDecodedByteCount?: number; mozHasAudio?: boolean };
  return (known.webkitAudioDecodedByteCount ?? 0) > 0 || known.mozHasAudio === true;
}

export interface Hearing {
  sound: Sound;
  /** Another recording begins: silent, and not known to have sound. */
  begin(): void;
  /** Look whether sound came; with each step of the video's time. */
  look(): void;
  toggle(): void;
}

/** The sound of a `video` element that is rendered with `muted`. */
export function useHearing(video: RefObject<HTMLVideoElement | null>): Hearing {
  const [sound, setSound] = useState<Sound>("none");
  return {
    sound,
    begin() {
      setSound("none");
      if (video.current) video.current.muted = true;
    },
    look() {
      if (sound === "none" && video.current && heard(video.current)) setSound("off");
    },
    toggle() {
      if (!video.current) return;
      video.current.muted = sound === "on";
      setSound(sound === "on" ? "off" : "on");
    },
  };
}

export function SoundButton({ hearing }: { hearing: Hearing }) {
  if (hearing.sound === "none") return null;
  return (
    <button type="button" class="button is-small" aria-pressed={hearing.sound === "on"} onClick={hearing.toggle}>
      {t(hearing.sound === "on" ? "clip.sound.off" : "clip.sound.on")}
    </button>
  );
}
