/** Keeps /api/events open: reconnects with growing waits, takes silence for loss, and asks for what was missed. */
import type { FeedMessage } from "../api/types";
import { backoffMs } from "./backoff";
import { parseMessage } from "./feed";

/** The server pings each 10 s: two and a half of them missing means that the line is dead though the socket looks open. */
const SILENCE_MS = 25_000;

/** A server that says that it is full is left alone for this long at least. */
const BUSY_MS = 5_000;

/** What a close means. The codes stand in docs/design/api.md; 1013 (try again later) is RFC 6455's registry. Pure. */
export function afterClose(code: number): "session" | "reload" | "wait" | "retry" {
  if (code === 4401 || code === 4403) return "session";
  // Our first words were not understood, or what we asked for is gone: load everything again, it is ours that is out of date.
  if (code === 4400 || code === 4404) return "reload";
  return code === 1013 ? "wait" : "retry";
}

export interface FeedHandlers {
  /** Loads the lists; gives the `seq` to go on from. Rejects while the server is away. */
  loadLists(): Promise<number>;
  seq(): number;
  onMessage(message: FeedMessage): void;
  onConnected(connected: boolean): void;
  onSessionEnded(): void;
}

export class FeedSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer = 0;
  private silence = 0;
  private stopped = false;
  private loaded = false;
  private resetting = false;

  constructor(private readonly handlers: FeedHandlers) {}

  start(): void {
    this.stopped = false;
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.socket?.close();
    this.socket = null;
  }

  /** Says something; false: the line is not open, and nothing was said. */
  say(words: Record<string, number | readonly string[]>): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(words));
    return true;
  }

  /** Drops the present socket, if any, and connects now: after a log-in, or when the browser says that it is online. */
  restart(): void {
    this.stop();
    this.attempt = 0;
    this.start();
  }

  private async connect(): Promise<void> {
    if (!this.loaded) {
      try {
        await this.handlers.loadLists();
        this.loaded = true;
      } catch {
        this.lost();
        return;
      }
      if (this.stopped) return;
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/events`);
    let opened = false;
    this.socket = socket;
    this.listenForSilence();
    socket.onopen = () => {
      opened = true;
      socket.send(JSON.stringify({ after: this.handlers.seq() }));
      this.handlers.onConnected(true);
      this.listenForSilence();
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.socket || typeof event.data !== "string") return;
      this.listenForSilence();
      const message = parseMessage(event.data);
      if (!message) return;
      // Only words prove that the server is well: one that accepts and closes at once must not be asked twice a second.
      this.attempt = 0;
      if (message.kind === "reset") {
        this.resetting = true;
        this.loaded = false;
        socket.close();
        return;
      }
      this.handlers.onMessage(message);
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.socket = null;
      const next = afterClose(event.code);
      if (next === "session") {
        this.stop();
        this.handlers.onConnected(false);
        this.handlers.onSessionEnded();
        return;
      }
      // After a reset the lists are loaded at once; that is no loss of connection.
      if (this.resetting && !this.stopped) {
        this.resetting = false;
        void this.connect();
        return;
      }
      // Refused before it opened: perhaps the session is over, which only an HTTP answer can tell. The lists ask.
      if (!opened || next === "reload") this.loaded = false;
      this.lost(next === "wait" ? BUSY_MS : 0);
    };
  }

  private listenForSilence(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => {
      const dead = this.socket;
      this.socket = null;
      dead?.close();
      this.lost();
    }, SILENCE_MS);
  }

  private lost(least_ms = 0): void {
    clearTimeout(this.silence);
    if (this.stopped) return;
    this.handlers.onConnected(false);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.connect(), least_ms + backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }
}
