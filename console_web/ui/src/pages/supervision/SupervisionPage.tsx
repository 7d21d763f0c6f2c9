/** The shift supervisor's overview: what is open, who has it, which cameras are away, and what was done. */
import { useState } from "preact/hooks";
import { t } from "../../locale";
import { AuditList } from "../../ui/AuditList";
import { CameraTable } from "../../ui/CameraTable";
import { Channels } from "../../ui/Channels";
import { Devices } from "../../ui/Devices";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { Holds } from "../../ui/Holds";
import { StoragePanel } from "../../ui/StoragePanel";
import { AlertTable } from "./AlertTable";
import { HandoverPanel, RoomTable, ShelfTable } from "../../ui/Guard";
import { Figures } from "./Figures";
import { IncidentTable } from "./IncidentTable";
import { Papers } from "./Papers";
import { Performance } from "./Performance";
import { Roster } from "./Roster";
import { UnitTable } from "./UnitTable";

type Tab = "now" | "units" | "room" | "shifts" | "cameras" | "devices" | "holds" | "storage" | "channels" | "performance" | "papers" | "audit";
const TABS: readonly Tab[] = ["now", "units", "room", "shifts", "cameras", "devices", "holds", "storage", "channels", "performance", "papers", "audit"];

export function SupervisionPage() {
  const [tab, setTab] = useState<Tab>("now");
  return (
    <div class="supervise">
      <ErrorBoundary panel={t("figures.title")}><Figures /></ErrorBoundary>
      <div class="tabs" role="tablist">
        {TABS.map((id) => <button key={id} type="button" role="tab" aria-selected={id === tab} onClick={() => setTab(id)}>{t(`supervise.${id}`)}</button>)}
      </div>
      {tab === "now" && (
        <div class="supervise-now">
          <ErrorBoundary panel={t("queue.title")}><AlertTable /></ErrorBoundary>
          <ErrorBoundary panel={t("incidents.title")}><IncidentTable /></ErrorBoundary>
        </div>
      )}
      {tab === "units" && <ErrorBoundary panel={t("units.title")}><UnitTable /></ErrorBoundary>}
      {tab === "room" && (
        <div class="supervise-now">
          <ErrorBoundary panel={t("room.title")}><RoomTable /></ErrorBoundary>
          <div class="supervise-room">
            <ErrorBoundary panel={t("handover.title")}><HandoverPanel /></ErrorBoundary>
            <ErrorBoundary panel={t("shelf.title")}><ShelfTable /></ErrorBoundary>
          </div>
        </div>
      )}
      {tab === "shifts" && <ErrorBoundary panel={t("supervise.shifts")}><Roster /></ErrorBoundary>}
      {tab === "cameras" && <ErrorBoundary panel={t("cameras.title")}><CameraTable /></ErrorBoundary>}
      {tab === "holds" && <ErrorBoundary panel={t("holds.title")}><Holds /></ErrorBoundary>}
      {tab === "storage" && <ErrorBoundary panel={t("storage.title")}><StoragePanel /></ErrorBoundary>}
      {tab === "channels" && <ErrorBoundary panel={t("channels.title")}><Channels /></ErrorBoundary>}
      {tab === "performance" && <ErrorBoundary panel={t("supervise.performance")}><Performance /></ErrorBoundary>}
      {tab === "papers" && <ErrorBoundary panel={t("supervise.papers")}><Papers /></ErrorBoundary>}
      {tab === "devices" && <ErrorBoundary panel={t("devices.title")}><Devices /></ErrorBoundary>}
      {tab === "audit" && <ErrorBoundary panel={t("audit.title")}><AuditList /></ErrorBoundary>}
    </div>
  );
}
