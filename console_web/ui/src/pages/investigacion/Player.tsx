/** One camera's recording at the shared position. The first one leads; the others follow within half a second. */
import { useEffect, useRef, useState } from "preact/hooks";
import { playlistUrl } from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import type { Camera } from "../../api/types";
import { t } from "../../locale";
import { HOUR_MS, nextRecorded, recordedAt } from "../../state/timeline";
import { clock } from "../../time";
import { CameraNumber } from "../../ui/marks";
import { Recorded } from "../../video/recorded";
import { SoundButton, useHearing } from "../../video/SoundButton";
import { coverages, goTo, playing, positionMs, rate, target } from "./state";

/** What is loaded at once: an hour from a little before the wanted instant. */
const LOAD_MS = HOUR_MS;
const LEAD_IN_MS = 10_000;
const MAX_APART_MS = 500;
/** After so long nothing is added to a range any more (console_web/media.py says 10 s): only then is it offered with its sound. */
const SETTLED_MS = 12_000;
/** Whoever looks at what has just been follows it as it grows, without its sound. */
const JUST_NOW_MS = 30_000;

interface Loaded {
  url: string;
  fromMs: number;
  toMs: number;
}

/** The range whose playlist holds a time; the present one where it still does. */
function loadedFor(wallMs: number, cameraId: string, present: Loaded | null): Loaded {
  if (present && wallMs >= present.fromMs && wallMs < present.toMs - 1000) return present;
  const fromMs = wallMs - LEAD_IN_MS;
  const nowMs = serverNowMs();
  const lastMs = wallMs < nowMs - JUST_NOW_MS ? nowMs - SETTLED_MS : nowMs;
  const toMs = Math.max(wallMs + 1000, Math.min(fromMs + LOAD_MS, lastMs));
  return { url: playlistUrl(cameraId, fromMs, toMs), fromMs, toMs };
}

export function Player({ camera, leads }: { camera: Camera; leads: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const recorded = useRef<Recorded | null>(null);
  const hearing = useHearing(video);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [state, setState] = useState<"idle" | "loading" | "ready" | "empty" | "failed" | "unsupported">("idle");
  const wanted = target.value;
  const coverage = coverages.value.get(camera.camera_id);
  useEffect(() => {
    if (!wanted) return;
    const next = loadedFor(wanted.wallMs, camera.camera_id, loaded);
    if (next === loaded) recorded.current?.seekTo(wanted.wallMs);
    else setLoaded(next);
  }, [wanted?.count, camera.camera_id]);
  useEffect(() => {
    const element = video.current;
    if (!element || !loaded) return undefined;
    setState("loading");
    const player = new Recorded(element, loaded.url, loaded.fromMs, {
      onReady() {
        setState("ready");
        element.playbackRate = rate.peek();
        if (playing.peek()) void element.play().catch(() => undefined);
      },
      onFault: setState,
    }, target.peek()?.wallMs ?? null);
    recorded.current = player;
    return () => {
      recorded.current = null;
      player.close();
    };
  }, [loaded?.url]);
  useEffect(() => {
    const element = video.current;
    if (!element || state !== "ready") return;
    element.playbackRate = rate.value;
    if (playing.value) void element.play().catch(() => undefined);
    else element.pause();
  }, [playing.value, rate.value, state]);
  const onTime = (): void => {
    hearing.look();
    const now = recorded.current?.nowMs();
    if (now === undefined || state !== "ready") return;
    if (leads) positionMs.value = now;
    else if (positionMs.peek() !== null && Math.abs(now - (positionMs.peek() ?? now)) > MAX_APART_MS * Math.max(1, rate.peek())) {
      recorded.current?.seekTo(positionMs.peek() ?? now);
    }
  };
  const onEnded = (): void => {
    if (leads && loaded && loaded.toMs < serverNowMs() - 2000) goTo(loaded.toMs);
    else if (leads) playing.value = false;
  };
  const at = positionMs.value;
  const hole = coverage && at !== null && !recordedAt(coverage, at);
  const following = hole && at !== null ? nextRecorded(coverage, at) : null;
  return (
    <div class="player">
      <video ref={video} muted playsInline onTimeUpdate={onTime} onSeeked={onTime} onEnded={onEnded} data-camera={camera.number} />
      <span class="player-name"><CameraNumber number={camera.number} />{camera.name}<SoundButton hearing={hearing} /></span>
      {state !== "ready" && (
        <div class="live-none"><span>{t(`clip.${state}`)}</span>
          {state === "failed" && <button type="button" class="button" onClick={() => setLoaded(loaded && { ...loaded, url: `${loaded.url.split("#")[0]}#${Date.now()}` })}>{t("retry")}</button>}
          {state === "empty" && following !== null && <button type="button" class="button" onClick={() => goTo(following)}>{t("player.next", { at: clock(following) })}</button>}
        </div>
      )}
    </div>
  );
}
