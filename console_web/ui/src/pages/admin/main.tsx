import { boot } from "../../ui/boot";
import { AdminPage } from "./AdminPage";

void boot("admin", () => ({ cameras: true }), () => <AdminPage />);
