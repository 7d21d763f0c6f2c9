/** What a fault of the system is called: one camera that is away, or many that share a trunk. */
import { t } from "../locale";

/** `shared` as `systemFault` gives it; `count` how many cameras, where it is known. */
export function faultText(shared: string, count?: number): string {
  if (shared === "") return t("alert.system");
  return count === undefined ? t("alert.system.shared", { shared }) : t("alert.system.shared.count", { shared, count });
}
