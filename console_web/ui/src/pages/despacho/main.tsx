import * as api from "../../api/endpoints";
import { STEPS } from "../../ui/DispatchCard";
import { boot } from "../../ui/boot";
import { DispatchPage } from "./DispatchPage";

void boot("despacho", () => ({ cameras: true, units: true, dispatches: () => api.dispatches([...STEPS], 200) }), () => <DispatchPage />);
