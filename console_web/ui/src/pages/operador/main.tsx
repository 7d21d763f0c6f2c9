import { boot } from "../../ui/boot";
import { OperatorPage } from "./OperatorPage";

void boot("operador", () => ({ alerts: true, incidents: true, cameras: true, units: true, room: true }), () => <OperatorPage />);
