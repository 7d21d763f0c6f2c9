/** A hand on a camera: says the velocity while something is held, hears how the camera stands, comes back after a cut. */
import type { Ptz } from "../../../api/types";
import { backoffMs } from "../../../state/backoff";
import { afterClose } from "../../../state/feedSocket";
import { isStill, STILL, type Velocity } from "../../../state/steering";

/** The server takes a second of silence for a hand that let go. */
const REPEAT_MS = 300;

export type Heard = { kind: "ptz"; body: Ptz } | { kind: "refused"; message: string; remedy: string };

export class Hand {
  private socket: WebSocket | null = null;
  private velocity: Velocity = STILL;
  private timer = 0;
  private retry = 0;
  private attempt = 0;
  private closed = false;

  constructor(private readonly cameraId: string, private readonly onHeard: (heard: Heard) => void, private readonly onConnected: (connected: boolean) => void) {
    this.connect();
  }

  /** Moves so from now on; all zero stops. */
  steer(velocity: Velocity): void {
    const before = this.velocity;
    this.velocity = velocity;
    if (before.pan !== velocity.pan || before.tilt !== velocity.tilt || before.zoom !== velocity.zoom) this.say();
    clearInterval(this.timer);
    if (!isStill(velocity)) this.timer = window.setInterval(() => this.say(), REPEAT_MS);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.socket?.close();
  }

  private say(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(this.velocity));
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/ptz/${encodeURIComponent(this.cameraId)}`);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data !== "string") return;
      this.attempt = 0;
      this.onConnected(true);
      this.onHeard(JSON.parse(event.data) as Heard);
    };
    socket.onclose = (event) => {
      this.onConnected(false);
      const next = afterClose(event.code);
      if (this.closed || next === "session" || event.code === 4404) return;
      this.retry = window.setTimeout(() => this.connect(), backoffMs(this.attempt, Math.random()));
      this.attempt += 1;
    };
  }
}
