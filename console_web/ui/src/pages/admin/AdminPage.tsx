/** Users, health, cameras, audit. */
import { useState } from "preact/hooks";
import { t } from "../../locale";
import { AuditList } from "../../ui/AuditList";
import { CameraTable } from "../../ui/CameraTable";
import { Channels } from "../../ui/Channels";
import { Devices } from "../../ui/Devices";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { Holds } from "../../ui/Holds";
import { StoragePanel } from "../../ui/StoragePanel";
import { ConfigurationPanel } from "./ConfigurationPanel";
import { HealthPanel } from "./HealthPanel";
import { Terminals } from "./Terminals";
import { Users } from "./Users";
import { ZonePanel } from "./zones/ZonePanel";

type Tab = "users" | "terminals" | "health" | "cameras" | "zones" | "devices" | "holds" | "storage" | "channels" | "configuration" | "audit";
const TABS: readonly Tab[] = ["users", "terminals", "health", "cameras", "zones", "devices", "holds", "storage", "channels", "configuration", "audit"];

export function AdminPage() {
  const [tab, setTab] = useState<Tab>("users");
  return (
    <div class="supervise">
      <div class="tabs" role="tablist">
        {TABS.map((id) => <button key={id} type="button" role="tab" aria-selected={id === tab} onClick={() => setTab(id)}>{t(`admin.${id}`)}</button>)}
      </div>
      <ErrorBoundary key={tab} panel={t(`admin.${tab}`)}>
        {tab === "users" && <Users />}
        {tab === "terminals" && <Terminals />}
        {tab === "health" && <HealthPanel />}
        {tab === "cameras" && <CameraTable />}
        {tab === "zones" && <ZonePanel />}
        {tab === "holds" && <Holds />}
        {tab === "storage" && <StoragePanel />}
        {tab === "channels" && <Channels />}
        {tab === "devices" && <Devices />}
        {tab === "configuration" && <ConfigurationPanel />}
        {tab === "audit" && <AuditList />}
      </ErrorBoundary>
    </div>
  );
}
