/** What a fault of the system is called: one camera that is away, many that share a trunk, the server's clock, or a disk. */
import { SOURCE_MARK } from "../api/types";
import { isKey, t, tOr } from "../locale";

/** `shared` as `systemFault` gives it; `count` how many cameras, where it is known and cameras are what is counted. */
export function faultText(shared: string, count?: number): string {
  const [name = "", wrong] = shared.split(SOURCE_MARK);
  if (wrong !== undefined) {
    const fault = pictureFault(wrong);
    return name === "" ? fault : t("alert.picture.shared", { fault, shared: name });
  }
  if (shared === "") return t("alert.system");
  const server = `alert.server.${shared}`;
  if (isKey(server)) return t(server);
  return count === undefined ? t("alert.system.shared", { shared }) : t("alert.system.shared.count", { shared, count });
}

/** What is wrong with a picture, or with the rate at which it comes. */
export function pictureFault(condition: string): string {
  return tOr("picture", condition);
}
