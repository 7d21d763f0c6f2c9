/** The operator's three columns and all his keys. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ofSystem } from "../../api/types";
import { t } from "../../locale";
import { step } from "../../state/queueMove";
import type { Command } from "../../state/shortcuts";
import { camerasByNumber, feed, floodOpen, openIncidents, queue, ready, session } from "../../state/store";
import { callbackWanted, callDue } from "../../ui/CallBack";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { IconGrid, IconWait, IconWarn } from "../../ui/icons";
import { Kbd } from "../../ui/marks";
import { warn } from "../../ui/notices";
import { useIncident } from "../../ui/useIncident";
import { useOccurrences } from "../../ui/useOccurrences";
import { useKeys } from "../../ui/useKeys";
import { usePresses } from "../../ui/usePresses";
import { AlertPanel, closesAtOnce, type Deed, form, mayAct, openForm, pressOn, sends } from "./AlertPanel";
import { startAnnouncing } from "./announce";
import { CameraGrid, showCamera, tiles } from "./CameraGrid";
import { answerCall, CitizenCall } from "./CitizenCall";
import { GuardDialog, guardOpen } from "../../ui/Guard";
import { nextFurther } from "./FurtherAgencies";
import { IncidentList } from "./IncidentList";
import { furtherShown, incidentDialog } from "./case/shown";
import { askToClose, IncidentPanel } from "./IncidentPanel";
import { keepShown } from "./kept";
import { Queue } from "./Queue";
import { moveCamera, PtzPanel } from "./ptz/PtzPanel";
import { SawIt, sawIt } from "./sawIt";
import { startSeen } from "./seen";
import { goOnTo, justCame, selectAlert, selectIncident, selection, tab, typedNumber } from "./selection";
import { replayCount, Stage, SystemStage, subjectOfAlert, subjectOfIncident, whyOpen } from "./Stage";

function IncidentColumns({ incidentId }: { incidentId: string }) {
  const incident = useIncident(incidentId);
  if (!incident) return <section class="panel stage"><p class="empty">{t("loading")}</p></section>;
  return (
    <>
      <ErrorBoundary panel={t("stage.title")}><Stage key={incidentId} subject={subjectOfIncident(incident)} /></ErrorBoundary>
      <ErrorBoundary panel={t("todo.title")}><IncidentPanel key={incidentId} incident={incident} /></ErrorBoundary>
    </>
  );
}

function Tabs({ waiting }: { waiting: string }) {
  return (
    <div class="tabs" role="tablist">
      <button type="button" role="tab" aria-selected={tab.value === "alert"} onClick={() => { tab.value = "alert"; }}><IconWarn />{t("tab.alert")}<Kbd>A</Kbd></button>
      <button type="button" role="tab" aria-selected={tab.value === "grid"} onClick={() => { tab.value = "grid"; }}><IconGrid />{t("tab.grid")}<Kbd>C</Kbd></button>
      <span class="tabs-space" />
      <button type="button" onClick={answerCall}>{t("call.button")}<Kbd>H</Kbd></button>
      <button type="button" onClick={() => { guardOpen.value = true; }}>{t("guard.button")}<Kbd>U</Kbd></button>
      {waiting && <span class="typed" role="status"><IconWait />{t("press.waits", { what: waiting })}</span>}
      {typedNumber.value && <span class="typed num" role="status">{t("grid.typed", { number: typedNumber.value })} <Kbd>Enter</Kbd></span>}
    </div>
  );
}

/** Enter was pressed before this terminal knew any camera. */
const openWhenReady = signal(false);

/** Enter ends a camera number. */
function openTyped(): void {
  if (!ready.value) {
    // The number stays, and is opened when the cameras are known.
    openWhenReady.value = true;
    warn(t("grid.loading", { number: typedNumber.value }));
    return;
  }
  openWhenReady.value = false;
  const camera = camerasByNumber.value.find((c) => c.number === Number(typedNumber.value));
  if (camera) {
    showCamera(camera.camera_id);
    tab.value = "grid";
  } else warn(t("grid.unknown", { number: typedNumber.value }));
  typedNumber.value = "";
}

function shownCamera(): string | null {
  if (tab.value === "grid") return tiles.value.last ?? tiles.value.cameras[tiles.value.active] ?? null;
  const chosen = selection.value;
  if (chosen?.kind === "alert") {
    const alert = feed.value.alerts.get(chosen.id);
    return alert && !ofSystem(alert.zone) ? alert.camera_id : null;
  }
  const incident = chosen ? feed.value.incidents.get(chosen.id) : undefined;
  return incident ? (furtherShown(incident)?.camera_id ?? incident.camera_id) : null;
}

export function OperatorPage() {
  const presses = usePresses();
  const chosen = selection.value;
  const alert = chosen?.kind === "alert" ? (feed.value.alerts.get(chosen.id) ?? null) : null;
  useEffect(startAnnouncing, []);
  useEffect(startSeen, []);
  useEffect(() => {
    if (ready.value && openWhenReady.value) openTyped();
  }, [ready.value]);
  // Asked for now, so that the dispatch form has them at its first key.
  useOccurrences();
  useEffect(() => (ready.value ? keepShown(session.value?.user.user_id ?? "", feed.value) : undefined), [ready.value]);
  const first = queue.value.find((a) => a.state === "new");
  // Only where nothing is shown: what the operator looks at must not change under his hand.
  useEffect(() => {
    if (!selection.value && first) goOnTo(first.alert_id);
  }, [chosen, first?.alert_id]);
  // Somebody else (a supervisor, say) may have made an incident of it.
  useEffect(() => {
    if (alert?.incident_id) selection.value = { kind: "incident", id: alert.incident_id };
  }, [alert?.incident_id]);
  const perform = (what: Deed): void => {
    if (!alert) return;
    if (sends(what) && ofSystem(alert.zone)) {
      warn(t("alert.system.nowhere"));
      return;
    }
    const may = mayAct(alert);
    const atOnce = closesAtOnce(what);
    if (atOnce && !may.decide) {
      warn(t("alert.not.yours", { name: alert.owner_name ?? "" }));
      return;
    }
    // Who has taken it has looked at it.
    if (atOnce && alert.state === "new" && justCame(alert.alert_id)) {
      warn(t("alert.just.came"));
      return;
    }
    if (presses.press(pressOn(alert, what)) !== "refused" && may.decide) openForm(alert.alert_id, what);
  };
  /** While a dispatch is being written the other decisions have no buttons; letters that miss its fields must not be taken for their keys. */
  const writing = (): boolean => {
    if (!alert || form.value?.targetId !== alert.alert_id) return false;
    warn(t("dispatch.writing"));
    return true;
  };
  const decide = (what: Deed): void => {
    if (tab.value === "grid" || (!sends(what) && what !== "take" && writing())) return;
    const incident = chosen?.kind === "incident" ? feed.value.incidents.get(chosen.id) : undefined;
    if (alert?.state === "taken" && alert.owner_id !== session.value?.user.user_id && what !== "release") {
      // Two terminals look at the same first alert: who comes second is told, and stands before the next one.
      warn(t("alert.not.yours", { name: alert.owner_name ?? "" }));
      if (what === "take" && first) goOnTo(first.alert_id);
    } else if (alert) perform(what);
    else if (incident?.state === "open" && sends(what)) form.value = { targetId: incident.incident_id, agency: what.send };
    else if (incident && what === "close") askToClose(incident);
  };
  const nextIncident = (): void => {
    const ids = openIncidents.value.map((i) => i.incident_id);
    const at = chosen?.kind === "incident" ? ids.indexOf(chosen.id) : -1;
    const next = ids[(at + 1) % ids.length];
    if (next) selectIncident(next);
  };
  const move = (by: 1 | -1): void => {
    const next = step(queue.value.map((a) => a.alert_id), chosen?.id ?? null, by);
    if (next) selectAlert(next);
  };
  const onCommand = (command: Command): boolean => {
    switch (command) {
      case "queue.up": move(-1); break;
      case "queue.down": move(1); break;
      case "incident.next": nextIncident(); break;
      case "take": decide("take"); break;
      case "takeEnter": if (typedNumber.value) openTyped(); else decide("take"); break;
      case "release": decide("release"); break;
      case "false": decide("close"); break;
      case "verify": decide("verify"); break;
      case "false.now": decide({ now: "false_alarm" }); break;
      case "duplicate": decide({ now: "duplicate" }); break;
      case "call": answerCall(); break;
      case "flood": floodOpen.value = !floodOpen.value; break;
      case "room": guardOpen.value = true; break;
      case "serenazgo": decide({ send: "serenazgo" }); break;
      case "pnp": decide({ send: "pnp" }); break;
      case "callback": {
        const waits = [...feed.value.incidents.values()].find((i) => i.dispatches.some(callDue));
        if (waits) {
          tab.value = "alert";
          selectIncident(waits.incident_id);
          callbackWanted.value = true;
        }
        break;
      }
      case "agency.next": {
        const next = nextFurther(form.value?.agency ?? null);
        if (next) decide({ send: next });
        break;
      }
      case "note": if (chosen?.kind === "incident") incidentDialog.value = "note"; break;
      case "saw": { const id = shownCamera(); if (id) sawIt(id); break; }
      case "why": whyOpen.value = !whyOpen.value; break;
      case "replay": replayCount.value += 1; break;
      case "ptz": { const id = shownCamera(); if (id) moveCamera(id); break; }
      case "tab.alert": tab.value = "alert"; break;
      case "tab.grid": tab.value = "grid"; break;
      case "escape": typedNumber.value = ""; openWhenReady.value = false; form.value = null; break;
      default: return false;
    }
    return true;
  };
  useKeys("operador", onCommand, (digit) => {
    // The Enter that ends the number must not press the button that has the focus.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    typedNumber.value = (typedNumber.value + digit).slice(-3);
  });
  return (
    <div class={tab.value === "grid" ? "operator is-grid" : "operator"}>
      <div class="operator-left">
        <ErrorBoundary panel={t("queue.title")}><Queue /></ErrorBoundary>
        <ErrorBoundary panel={t("incidents.title")}><IncidentList /></ErrorBoundary>
      </div>
      <div class="operator-main">
        <Tabs waiting={presses.waiting?.words ?? ""} />
        <div class="operator-columns">
          {tab.value === "grid" ? <ErrorBoundary panel={t("grid.title")}><CameraGrid /></ErrorBoundary>
            : alert ? (
              <>
                <ErrorBoundary panel={t("stage.title")}>
                  {ofSystem(alert.zone) ? <SystemStage key={alert.alert_id} alert={alert} /> : <Stage key={alert.alert_id} subject={subjectOfAlert(alert)} />}
                </ErrorBoundary>
                <ErrorBoundary panel={t("todo.title")}><AlertPanel key={alert.alert_id} alert={alert} perform={perform} busy={presses.running !== null} /></ErrorBoundary>
              </>
            ) : chosen?.kind === "incident" ? <IncidentColumns incidentId={chosen.id} />
              : <section class="panel stage is-empty"><p class="empty is-big">{t("stage.nothing")}</p></section>}
        </div>
        <ErrorBoundary panel={t("ptz.title")}><PtzPanel /></ErrorBoundary>
      </div>
      <SawIt />
      <CitizenCall />
      <GuardDialog />
    </div>
  );
}
