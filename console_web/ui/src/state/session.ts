import { setCsrfToken } from "../api/client";
import type { Session } from "../api/types";
import { setTimeZone } from "../time";
import { session } from "./store";

/** Takes a session (new, or renewed at the lock screen) into use. */
export function adopt(next: Session): void {
  session.value = next;
  setCsrfToken(next.csrf_token);
  if (next.timezone) setTimeZone(next.timezone);
}
