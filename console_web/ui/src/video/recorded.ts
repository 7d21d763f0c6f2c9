/** Recorded video by HLS: one thin object around hls.js, whose time is the wall clock. */
import type Hls from "hls.js";
import { placeOf } from "./place";

/** The light build (no subtitles, no alternative sound, no encryption), in a file of its own. */
const loadPlayer = (): Promise<{ default: typeof Hls }> => import("hls.js/light");
// Fetched with the page, so that a server that goes away later does not keep the player from those who need it then.
loadPlayer().catch(() => undefined);

export interface RecordedHandlers {
  onReady(): void;
  /** Nothing (more) can be played: "empty" where no recording exists in the range. */
  onFault(fault: "empty" | "failed" | "unsupported"): void;
}

export class Recorded {
  private hls: Hls | null = null;
  private closed = false;
  private mediaRecoveries = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    /** Wall time of media time 0, for playlists that carry no dates. */
    private readonly startMs: number,
    private readonly handlers: RecordedHandlers,
    /** Where to start, or null for the beginning. */
    private readonly firstMs: number | null = null,
  ) {
    void this.open();
  }

  close(): void {
    this.closed = true;
    this.hls?.destroy();
    this.hls = null;
  }

  private async open(): Promise<void> {
    let HlsLight: typeof Hls;
    try {
      ({ default: HlsLight } = await loadPlayer());
    } catch {
      // The server was away at this very moment: said on the picture, with a button to try again.
      if (!this.closed) this.handlers.onFault("failed");
      return;
    }
    if (this.closed) return;
    if (!HlsLight.isSupported()) {
      this.handlers.onFault("unsupported");
      return;
    }
    const hls = new HlsLight({
      // A worker would need blob: in the CSP's script sources.
      enableWorker: false,
      maxBufferLength: 20,
      maxMaxBufferLength: 40,
      backBufferLength: 30,
      // Loading begins at the wanted place, once the playlist says where that is: nothing before it is fetched in vain.
      autoStartLoad: false,
    });
    this.hls = hls;
    let begun = false;
    const { Events, ErrorTypes } = HlsLight;
    hls.on(Events.LEVEL_LOADED, (_event, data) => {
      const fragments = data.details.fragments;
      if (fragments.length === 0) this.handlers.onFault("empty");
      if (begun) return;
      begun = true;
      // Also where the movement still goes on: the seconds before come first, not the live edge.
      hls.startLoad((this.firstMs === null ? null : placeOf(fragments, this.firstMs, this.startMs)) ?? 0);
    });
    hls.on(Events.MANIFEST_PARSED, () => this.handlers.onReady());
    hls.on(Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      const status = data.response?.code;
      if (data.type === ErrorTypes.MEDIA_ERROR && this.mediaRecoveries < 3) {
        this.mediaRecoveries += 1;
        hls.recoverMediaError();
      } else {
        this.handlers.onFault(status === 404 || String(data.details) === "levelEmptyError" ? "empty" : "failed");
      }
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  /** Wall time of the picture on screen. */
  nowMs(): number {
    const date = this.hls?.playingDate;
    return date ? date.getTime() : this.startMs + this.video.currentTime * 1000;
  }

  /** Goes to a wall time, or to the next recorded instant; stays where the playlist has neither. */
  seekTo(wallMs: number): void {
    const level = this.hls?.levels[Math.max(0, this.hls.currentLevel)];
    const atS = placeOf(level?.details?.fragments ?? [], wallMs, this.startMs);
    if (atS !== null) this.video.currentTime = atS;
  }
}
