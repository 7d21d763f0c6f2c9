import { boot } from "../../ui/boot";
import { SupervisionPage } from "./SupervisionPage";

void boot("supervision", () => ({ alerts: true, incidents: true, cameras: true, room: true, units: true }), () => <SupervisionPage />);
