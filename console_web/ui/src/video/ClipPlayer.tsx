/** A recorded clip with large controls: play, from the start, speed, and the wall time of the picture. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../locale";
import { clock } from "../time";
import { IconPause, IconPlay, IconReplay } from "../ui/icons";
import { Recorded } from "./recorded";
import { SoundButton, useHearing } from "./SoundButton";

interface Props {
  url: string;
  startMs: number;
  label: string;
  /** Asked for when nothing is there yet: gives the address to try next (the newest seconds are written a little later). */
  onRetry: () => void;
  /** Raised to start again from the beginning (a shortcut). */
  replay?: number;
  /** Told which moment the picture shows, as it goes on. */
  onMoment?: (wallMs: number) => void;
}

const RETRY_MS = 3_000;
const MOST_RETRIES = 5;

export function ClipPlayer({ url, startMs, label, onRetry, replay = 0, onMoment }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const recorded = useRef<Recorded | null>(null);
  const [state, setState] = useState<"loading" | "ready" | "empty" | "failed" | "unsupported">("loading");
  const [paused, setPaused] = useState(true);
  const hearing = useHearing(video);
  const [progress, setProgress] = useState({ at: 0, of: 0, wallMs: startMs });
  const retries = useRef(0);
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    setState("loading");
    hearing.begin();
    let timer = 0;
    const player = new Recorded(element, url, startMs, {
      onReady() {
        retries.current = 0;
        setState("ready");
        void element.play().catch(() => undefined);
      },
      onFault(fault) {
        setState(fault);
        if (fault === "empty" && retries.current < MOST_RETRIES) {
          retries.current += 1;
          timer = window.setTimeout(onRetry, RETRY_MS);
        }
      },
    });
    recorded.current = player;
    return () => {
      clearTimeout(timer);
      player.close();
    };
  }, [url]);
  const again = (): void => {
    if (state !== "ready") {
      retries.current = 0;
      onRetry();
      return;
    }
    if (!video.current) return;
    video.current.currentTime = 0;
    void video.current.play().catch(() => undefined);
  };
  const replayed = useRef(replay);
  useEffect(() => {
    if (replay !== replayed.current) again();
    replayed.current = replay;
  }, [replay]);
  const toggle = (): void => {
    const element = video.current;
    if (!element) return;
    if (element.paused) void element.play().catch(() => undefined);
    else element.pause();
  };
  const onTime = (): void => {
    const element = video.current;
    if (!element) return;
    const of = Number.isFinite(element.duration) ? element.duration : 0;
    hearing.look();
    const wallMs = recorded.current?.nowMs() ?? startMs;
    setProgress({ at: element.currentTime, of, wallMs });
    onMoment?.(Math.round(wallMs));
  };
  return (
    <div class="clip">
      <div class="clip-picture">
        <video ref={video} muted playsInline aria-label={label} onTimeUpdate={onTime} onPlay={() => setPaused(false)} onPause={() => setPaused(true)} />
        {state !== "ready" && (
          <div class="live-none" role="status"><span>{t(`clip.${state}`)}</span>
            {(state === "failed" || state === "empty") && <button type="button" class="button is-small" onClick={again}>{t("retry")}</button>}
          </div>
        )}
      </div>
      <div class="clip-controls">
        <button type="button" class="icon-button" onClick={toggle} disabled={state !== "ready"} aria-label={t(paused ? "clip.play" : "clip.pause")}>
          {paused ? <IconPlay /> : <IconPause />}
        </button>
        <button type="button" class="icon-button" onClick={again} aria-label={t("clip.again")} title={t("clip.again")}><IconReplay /></button>
        <SoundButton hearing={hearing} />
        {/* Beside the picture, not on it: cameras write their own name and time into the corners. */}
        <span class="clip-time num">{state === "ready" ? clock(progress.wallMs) : "--:--:--"}</span>
        <input type="range" min="0" max={progress.of || 1} step="0.04" value={progress.at} disabled={state !== "ready"} aria-label={t("clip.position")}
          onInput={(e) => { if (video.current) video.current.currentTime = Number(e.currentTarget.value); }} />
        <select aria-label={t("clip.speed")} onChange={(e) => { if (video.current) video.current.playbackRate = Number(e.currentTarget.value); }}>
          {[0.5, 1, 2, 4].map((rate) => <option key={rate} value={rate} selected={rate === 1}>{rate}×</option>)}
        </select>
      </div>
    </div>
  );
}
