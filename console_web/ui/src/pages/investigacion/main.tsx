import { boot } from "../../ui/boot";
import { InvestigationPage } from "./InvestigationPage";

void boot("investigacion", () => ({ cameras: true }), () => <InvestigationPage />);
