import type { Session } from "../../api/types";
import { safeNext } from "../../state/roles";

export function enter(session: Session): void {
  location.replace(safeNext(new URLSearchParams(location.search).get("next"), session.user.role));
}
