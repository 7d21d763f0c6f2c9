/** Where an alert is: its camera's number and place, or the system where it is about no one camera. */
import { type Alert, ofSystem } from "../api/types";
import { t } from "../locale";
import { IconTerminal } from "./icons";
import { CameraNumber } from "./marks";

type Placed = Pick<Alert, "zone" | "camera_number" | "place">;

export function AlertNumber({ alert }: { alert: Placed }) {
  return ofSystem(alert.zone) ? <span class="camera-number is-system-number"><IconTerminal /></span> : <CameraNumber number={alert.camera_number} />;
}

export function placeText(alert: Placed): string {
  return ofSystem(alert.zone) ? t("alert.of.system.place") : alert.place;
}

/** For sentences: the alert of camera 7, of the system. */
export function ofWords(alert: Placed): string {
  return ofSystem(alert.zone) ? t("alert.of.system") : t("alert.of.camera", { number: alert.camera_number });
}
