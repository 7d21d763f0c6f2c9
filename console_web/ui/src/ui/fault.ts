/** What a fault of the system is called: one camera that is away, many that share a trunk, or a disk. */
import { STORAGE_FAULTS } from "../api/types";
import { t } from "../locale";

/** `shared` as `systemFault` gives it; `count` how many cameras, where it is known. */
export function faultText(shared: string, count?: number): string {
  if (shared === "") return t("alert.system");
  const storage = STORAGE_FAULTS.find((name) => name === shared);
  if (storage) return t(`alert.storage.${storage}`);
  return count === undefined ? t("alert.system.shared", { shared }) : t("alert.system.shared.count", { shared, count });
}
