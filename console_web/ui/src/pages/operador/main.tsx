import { boot } from "../../ui/boot";
import { OperatorPage } from "./OperatorPage";

void boot("operador", () => ({ alerts: true, incidents: true, cameras: true, room: true }), () => <OperatorPage />);
