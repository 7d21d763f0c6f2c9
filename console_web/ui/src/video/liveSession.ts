/** One live stream: WebSocket in, Media Source out. Reconnects by itself until closed; tells its state in words' keys. */
import { livePath } from "../api/endpoints";
import { backoffMs } from "../state/backoff";
import { decide, join, MAX_WAITING_BYTES } from "./bufferPolicy";
import { PictureSource } from "./pictureSource";

export type LiveState =
  | { kind: "connecting" }
  | { kind: "playing" }
  /** Nothing new has come for a while: what stands there is the last picture, not the street as it is. */
  | { kind: "stalled" }
  /** `cause` is the server's word for it: why the camera sends nothing. */
  | { kind: "offline"; cause: string }
  | { kind: "unsupported"; mime: string }
  /** The server says no: the camera is out of this user's reach, or the server is full (`busy`). Tried again, slowly. */
  | { kind: "refused"; busy: boolean }
  | { kind: "lost" };

/** No fragment for this long on an open socket: the line or the camera is dead, whatever the socket says. */
const SILENCE_MS = 6_000;
/** A picture that has stood still for this long is not called live any more. */
const STALL_MS = 2_000;
/** After a refusal: a camera comes within reach with the next dispatch, and a full server empties, but not at once. */
const REFUSED_MS = 10_000;

interface StreamHead {
  mime?: string;
  kind?: string;
  cause?: string;
}

export class LiveSession {
  private socket: WebSocket | null = null;
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private pictures: PictureSource | null = null;
  private objectUrl = "";
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private attempt = 0;
  private retry = 0;
  private silence = 0;
  private stall = 0;
  private closed = false;
  private state: LiveState = { kind: "connecting" };

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly cameraId: string,
    private readonly stream: "main" | "sub",
    private readonly onState: (state: LiveState) => void,
  ) {
    this.video.addEventListener("playing", this.onPlaying);
    this.connect();
  }

  close(): void {
    this.closed = true;
    this.video.removeEventListener("playing", this.onPlaying);
    this.hangUp();
    this.dropMedia();
  }

  private readonly onPlaying = (): void => {
    this.attempt = 0;
    this.tell({ kind: "playing" });
  };

  private tell(state: LiveState): void {
    this.state = state;
    this.onState(state);
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${livePath(this.cameraId, this.stream)}`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.socket) return;
      this.expectMore();
      if (typeof event.data === "string") this.onText(event.data);
      else if (event.data instanceof ArrayBuffer) this.onFragment(new Uint8Array(event.data));
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      if (event.code === 4403 || event.code === 4404 || event.code === 1013) this.refused(event.code === 1013);
      else this.again();
    };
    this.expectMore();
  }

  private hangUp(): void {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    clearTimeout(this.stall);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Starts afresh after a growing wait. An offline camera keeps its cause on screen meanwhile. */
  private again(): void {
    this.hangUp();
    if (this.closed) return;
    if (this.state.kind !== "offline" && this.state.kind !== "unsupported" && this.state.kind !== "refused") this.tell({ kind: "lost" });
    this.retry = window.setTimeout(() => this.connect(), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }

  private refused(busy: boolean): void {
    this.hangUp();
    if (this.closed) return;
    this.tell({ kind: "refused", busy });
    this.retry = window.setTimeout(() => this.connect(), REFUSED_MS);
  }

  private expectMore(): void {
    clearTimeout(this.silence);
    clearTimeout(this.stall);
    this.stall = window.setTimeout(() => {
      if (this.state.kind === "playing") this.tell({ kind: "stalled" });
    }, STALL_MS);
    this.silence = window.setTimeout(() => {
      if (this.state.kind === "offline" || this.state.kind === "unsupported") this.expectMore();
      else this.again();
    }, SILENCE_MS);
  }

  private onText(text: string): void {
    let head: StreamHead;
    try {
      head = JSON.parse(text) as StreamHead;
    } catch {
      return;
    }
    if (head.kind === "offline") {
      this.tell({ kind: "offline", cause: String(head.cause ?? "") });
      return;
    }
    if (typeof head.mime !== "string") return;
    if (head.mime === "image/jpeg") {
      this.openPictures();
      return;
    }
    if (!MediaSource.isTypeSupported(head.mime)) {
      this.tell({ kind: "unsupported", mime: head.mime });
      return;
    }
    this.openMedia(head.mime);
  }

  /** New parameters may restart the time stamps, so a new MediaSource is the safe way to take them. */
  private openMedia(mime: string): void {
    this.dropMedia();
    if (this.state.kind !== "connecting") this.tell({ kind: "connecting" });
    const source = new MediaSource();
    this.source = source;
    this.objectUrl = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      URL.revokeObjectURL(this.objectUrl);
      this.buffer = source.addSourceBuffer(mime);
      this.buffer.mode = "segments";
      this.buffer.addEventListener("updateend", () => this.pump());
      this.buffer.addEventListener("error", () => this.again());
      this.pump();
    }, { once: true });
    this.video.src = this.objectUrl;
  }

  /** Motion JPEG, which no browser plays inside MP4: pictures are drawn, and the drawing is what the video element shows. */
  private openPictures(): void {
    this.dropMedia();
    if (this.state.kind !== "connecting") this.tell({ kind: "connecting" });
    this.pictures = new PictureSource();
    this.video.srcObject = this.pictures.stream;
    void this.video.play().catch(() => undefined);
  }

  private dropMedia(): void {
    this.waiting = [];
    this.waitingBytes = 0;
    this.buffer = null;
    if (this.pictures) {
      this.pictures.close();
      this.pictures = null;
      this.video.srcObject = null;
    }
    if (!this.source) return;
    this.source = null;
    this.video.removeAttribute("src");
    this.video.load();
  }

  private onFragment(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.state.kind === "stalled") this.tell({ kind: "playing" });
    if (this.pictures) {
      this.pictures.draw(chunk);
      return;
    }
    if (!this.source) return;
    this.waiting.push(chunk);
    this.waitingBytes += chunk.byteLength;
    if (this.waitingBytes > MAX_WAITING_BYTES) {
      this.again();
      return;
    }
    this.pump();
  }

  private pump(): void {
    const { buffer, source, video } = this;
    if (!buffer || !source || source.readyState !== "open" || buffer.updating) return;
    try {
      const ranges: [number, number][] = [];
      for (let i = 0; i < video.buffered.length; i += 1) ranges.push([video.buffered.start(i), video.buffered.end(i)]);
      const decision = decide({ currentTime_s: video.currentTime, ranges, paused: video.paused });
      if (decision.seekTo_s !== null) video.currentTime = decision.seekTo_s;
      if (video.playbackRate !== decision.playbackRate) video.playbackRate = decision.playbackRate;
      if (video.paused && ranges.length > 0) void video.play().catch(() => undefined);
      if (decision.removeBefore_s !== null) {
        buffer.remove(0, decision.removeBefore_s);
        return;
      }
      if (this.waiting.length === 0) return;
      const whole = join(this.waiting);
      this.waiting = [];
      this.waitingBytes = 0;
      buffer.appendBuffer(whole);
    } catch {
      // QuotaExceeded, a decoder that gave up, a source that the browser closed: all mend by starting afresh.
      this.again();
    }
  }
}
