/** HTTP to our own server: CSRF and terminal headers, time-outs, and one error type that carries what to do. */
import { signal } from "@preact/signals";
import { t } from "../locale";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

const TERMINAL_KEY = "terminal";
const TIMEOUT_MS = 15_000;

let csrfToken = "";
/** Milliseconds to add to this terminal's clock to get the server's; from the Date header, so good to about a second. */
export const clockOffsetMs = signal(0);

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function terminalName(): string {
  return localStorage.getItem(TERMINAL_KEY) ?? "";
}

export function setTerminalName(name: string): void {
  localStorage.setItem(TERMINAL_KEY, name.trim().slice(0, 40));
}

/** Called on 401, so that one place decides between the lock screen and the log-in page. */
let onUnauthenticated: () => void = () => undefined;
export function whenUnauthenticated(handler: () => void): void {
  onUnauthenticated = handler;
}

function headers(method: string, hasBody: boolean): Headers {
  const result = new Headers({ Accept: "application/json" });
  const terminal = terminalName();
  // Header values are Latin-1; a name that can't be sent as it is travels percent-encoded.
  if (terminal) result.set("X-Terminal", /^[\x20-\x7e]*$/.test(terminal) ? terminal : encodeURIComponent(terminal).slice(0, 40));
  if (hasBody) result.set("Content-Type", "application/json");
  if (method !== "GET" && csrfToken) result.set("X-CSRF-Token", csrfToken);
  return result;
}

function noteServerClock(response: Response, sentMs: number): void {
  const date = response.headers.get("Date");
  if (!date) return;
  const receivedMs = Date.now();
  const roundTripMs = receivedMs - sentMs;
  const serverMs = Date.parse(date);
  if (Number.isNaN(serverMs) || roundTripMs > 2000) return;
  // The header has whole seconds: half a second is its mean error; under two seconds we trust the terminal.
  const offsetMs = serverMs + 500 - (sentMs + receivedMs) / 2;
  clockOffsetMs.value = Math.abs(offsetMs) < 2000 ? 0 : Math.round(offsetMs);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function errorOf(response: Response): Promise<ApiError> {
  let code = `http_${response.status}`;
  let message = t("error.server", { status: response.status });
  let remedy = t("error.server.remedy");
  try {
    const body: unknown = await response.json();
    if (isRecord(body) && isRecord(body["error"])) {
      const error = body["error"];
      if (typeof error["code"] === "string") code = error["code"];
      if (typeof error["message"] === "string" && error["message"]) message = error["message"];
      remedy = typeof error["remedy"] === "string" ? error["remedy"] : "";
    }
  } catch {
    // Not JSON (a proxy's page, say): the words above stand.
  }
  return new ApiError(response.status, code, message, remedy);
}

/** Sends and returns the JSON answer. Throws only ApiError. `quiet401`: the caller deals with a missing session. */
export async function request<T>(method: "GET" | "POST", path: string, body?: unknown, quiet401 = false): Promise<T> {
  const sentMs = Date.now();
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: headers(method, body !== undefined),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    const slow = cause instanceof DOMException && cause.name === "TimeoutError";
    throw new ApiError(0, slow ? "timeout" : "network", t(slow ? "error.timeout" : "error.network"), t("error.network.remedy"));
  }
  noteServerClock(response, sentMs);
  if (!response.ok) {
    const error = await errorOf(response);
    if (response.status === 401 && !quiet401) onUnauthenticated();
    throw error;
  }
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, "malformed", t("error.malformed"), t("error.server.remedy"));
  }
}

export const get = <T>(path: string): Promise<T> => request<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>("POST", path, body);

/** The time on the server, in milliseconds UTC, as well as this terminal knows it. */
export function serverNowMs(): number {
  return Date.now() + clockOffsetMs.peek();
}
