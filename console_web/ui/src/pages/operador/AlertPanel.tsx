/** Right column for an alert: what it is, who has it, and what to do. */
import { signal } from "@preact/signals";
import * as api from "../../api/endpoints";
import { type Agency, type Alert, type CloseOutcome, ofSystem, systemFault } from "../../api/types";
import { faultText } from "../../ui/fault";
import { t } from "../../locale";
import { agencyName } from "../../state/agencies";
import type { Press } from "../../state/presses";
import { feed, nowMs, putAlert, putIncident, session } from "../../state/store";
import { clock, elapsed } from "../../time";
import { IconEye, IconFalse, IconHand, IconPnp, IconRelease, IconSerenazgo } from "../../ui/icons";
import { AlertNumber, ofWords, placeText } from "../../ui/AlertPlace";
import { AlertStateMark, Kbd, PriorityMark } from "../../ui/marks";
import { say, useAction, warn } from "../../ui/notices";
import { CloseAlert } from "./CloseAlert";
import { DispatchForm } from "./DispatchForm";
import { FurtherAgencies } from "./FurtherAgencies";
import { selectIncident, selection } from "./selection";
import { taken } from "./taking";
import { VerifyAlert } from "./VerifyAlert";
import { objectText, zoneText } from "../../ui/source";

export const form = signal<{ targetId: string; agency: Agency } | null>(null);
export const closing = signal<string | null>(null);
export const verifying = signal<string | null>(null);
/** What can be done with an alert by one key; `verify` says that it is true and sends nobody yet, `now` closes it without a form. */
export type Deed = "take" | "release" | "close" | "verify" | { send: Agency } | { now: CloseOutcome };

export function mayAct(alert: Alert): { take: boolean; release: boolean; decide: boolean } {
  const user = session.value?.user;
  const acts = user?.role === "operator" || user?.role === "supervisor";
  const mine = alert.owner_id === user?.user_id;
  return {
    take: acts && alert.state === "new",
    release: acts && alert.state === "taken" && (mine || user?.role === "supervisor"),
    decide: acts && (alert.state === "new" || (alert.state === "taken" && mine)),
  };
}

export function sends(what: Deed): what is { send: Agency } {
  return typeof what === "object" && "send" in what;
}

export function closesAtOnce(what: Deed): what is { now: CloseOutcome } {
  return typeof what === "object" && "now" in what;
}

/** Opens the form of a decision. At once, even before the alert is known to be ours: what is typed meanwhile would be taken for commands. */
export function openForm(alertId: string, what: Deed): void {
  if (what === "close") closing.value = alertId;
  else if (what === "verify") verifying.value = alertId;
  else if (sends(what)) form.value = { targetId: alertId, agency: what.send };
}

function closeForms(alertId: string): void {
  if (closing.value === alertId) closing.value = null;
  if (verifying.value === alertId) verifying.value = null;
  if (form.value?.targetId === alertId) form.value = null;
}

function deedWords(what: Deed): string {
  if (typeof what === "string") return t(what === "close" ? "action.false" : `action.${what}`);
  return closesAtOnce(what) ? t(`outcome.${what.now}`) : t("action.agency", { name: agencyName(what.send) });
}

/** One press on an alert. Forms have in common that the alert must be taken: to press for a second one takes it no second time. */
export function pressOn(alert: Alert, what: Deed): Press {
  const id = alert.alert_id;
  const name = what === "release" ? "release" : closesAtOnce(what) ? what.now : "take";
  return { name: `${name} ${id}`, words: t("deed.of", { deed: deedWords(what), of: ofWords(alert) }), act: () => act(alert, what) };
}

/** What may be decided of it now; says why, where nothing: it was pressed a moment ago, and things have moved on. */
function decidable(alert: Alert): boolean {
  if (alert.state === "closed") warn(t("alert.closed.already", { of: ofWords(alert) }));
  else if (!mayAct(alert).decide) warn(t("alert.not.yours", { name: alert.owner_name ?? "" }));
  else return true;
  return false;
}

/** Takes it where nobody has it: deciding on an alert means having it. As it is known to be now: by the turn of a press that waited it may have another state. */
async function act(shown: Alert, what: Deed): Promise<void> {
  const alertId = shown.alert_id;
  // Closed, and forgotten since, where it is not known any more.
  const alert = feed.value.alerts.get(alertId) ?? { ...shown, state: "closed" };
  if (what === "release") {
    if (mayAct(alert).release) putAlert(await api.releaseAlert(alertId));
    return;
  }
  if (!decidable(alert)) {
    closeForms(alertId);
    return;
  }
  try {
    await taken(alertId);
  } catch (error) {
    closeForms(alertId);
    throw error;
  }
  if (!closesAtOnce(what)) return;
  putAlert(await api.closeAlert(alertId, what.now, ""));
  // What is done leaves the screen; the page then shows the next one that waits.
  if (selection.value?.id === alertId) selection.value = null;
  say(t("alert.closed.as", { of: ofWords(alert), outcome: t(`outcome.${what.now}`) }));
}

export function AlertPanel({ alert, perform, busy }: { alert: Alert; perform: (what: Deed) => void; busy: boolean }) {
  const may = mayAct(alert);
  const mine = alert.owner_id === session.value?.user.user_id;
  const fault = systemFault(alert.zone);
  const { busy: closeBusy, run } = useAction();
  const open = form.value?.targetId === alert.alert_id ? form.value : null;
  const close = (outcome: Parameters<typeof api.closeAlert>[1], note: string): void => {
    void run(async () => {
      await taken(alert.alert_id);
      putAlert(await api.closeAlert(alert.alert_id, outcome, note));
      closing.value = null;
      // What is done leaves the screen; the page then shows the next one that waits.
      if (selection.value?.id === alert.alert_id) selection.value = null;
      say(t("alert.closed.done", { of: ofWords(alert) }));
    });
  };
  return (
    <section class="panel todo" aria-label={t("todo.title")}>
      <h2 class="panel-title">{t("todo.title")}</h2>
      <div class="facts">
        <p class="facts-lead"><PriorityMark priority={alert.priority} /><AlertStateMark state={alert.state} /></p>
        <p class="facts-place"><AlertNumber alert={alert} /> {placeText(alert)}</p>
        <dl>
          <dt>{t("alert.started")}</dt><dd class="num">{clock(alert.started_wall_ms)}</dd>
          <dt>{t("alert.age")}</dt><dd class="num">{elapsed(nowMs.value - alert.created_wall_ms)}</dd>
          {alert.zone && <><dt>{t(fault === null ? "alert.zone.word" : "alert.fault.word")}</dt><dd>{fault === null ? zoneText(alert.zone) : faultText(fault, alert.count)}</dd></>}
          <dt>{t(fault === null ? "alert.count.word" : "alert.times.word")}</dt><dd class="num">{alert.count}{alert.ongoing ? ` · ${t("alert.ongoing")}` : ""}</dd>
          {alert.object_kind && <><dt>{t("alert.object.word")}</dt><dd class="num">{objectText(alert)}</dd></>}
          {alert.cameras.length > 0 && <><dt>{t("alert.cameras.word")}</dt><dd class="num">{alert.cameras.join(", ")}</dd></>}
          {alert.state === "new" && alert.offer_user_name && <><dt>{t("alert.turn.word")}</dt><dd>{alert.offer_user_name}</dd></>}
          {alert.owner_name && <><dt>{t("alert.owner.word")}</dt><dd>{mine ? t("alert.me") : alert.owner_name}</dd></>}
          {alert.outcome && <><dt>{t("alert.outcome")}</dt><dd>{t(`outcome.${alert.outcome}`)}</dd></>}
        </dl>
      </div>
      {alert.state === "closed" ? (
        <div class="actions">
          {alert.incident_id && <button type="button" class="button is-primary" onClick={() => selectIncident(alert.incident_id ?? "")}>{t("alert.incident")}</button>}
          <button type="button" class="button" onClick={() => { selection.value = null; }}>{t("alert.next")}</button>
        </div>
      ) : open ? (
        <DispatchForm key={open.agency} agency={open.agency} onCancel={() => { form.value = null; }}
          target={{ id: alert.alert_id, incident: null, cameraId: alert.camera_id, cameraNumber: alert.camera_number, place: alert.place, priority: alert.priority }}
          onSent={(incident) => {
            form.value = null;
            putIncident(incident);
            selectIncident(incident.incident_id);
            say(t("dispatch.sent.done", { number: incident.number }));
          }} />
      ) : (
        <div class="actions" aria-busy={busy}>
          {alert.state === "new" && (
            <button type="button" class="button is-primary is-big" disabled={!may.take} onClick={() => perform("take")}>
              <IconHand />{t("action.take")}<Kbd>T</Kbd>
            </button>
          )}
          {!may.decide && alert.state === "taken" && <p class="hint">{t("alert.not.yours", { name: alert.owner_name ?? "" })}</p>}
          {!ofSystem(alert.zone) && (
            <>
              <button type="button" class="button is-agency-serenazgo is-big" disabled={!may.decide} onClick={() => perform({ send: "serenazgo" })}>
                <IconSerenazgo />{t("action.serenazgo")}<Kbd>S</Kbd>
              </button>
              <button type="button" class="button is-agency-pnp is-big" disabled={!may.decide} onClick={() => perform({ send: "pnp" })}>
                <IconPnp />{t("action.pnp")}<Kbd>P</Kbd>
              </button>
              <FurtherAgencies disabled={!may.decide} send={(agency) => perform({ send: agency })} />
            </>
          )}
          <button type="button" class="button" disabled={!may.decide} onClick={() => perform("verify")}>
            <IconEye />{t("action.verify")}<Kbd>E</Kbd>
          </button>
          <div class="actions-pair">
            <button type="button" class="button" disabled={!may.decide} onClick={() => perform({ now: "false_alarm" })}>
              <IconFalse />{t("outcome.false_alarm")}<Kbd>X</Kbd>
            </button>
            <button type="button" class="button" disabled={!may.decide} onClick={() => perform({ now: "duplicate" })}>
              {t("outcome.duplicate")}<Kbd>D</Kbd>
            </button>
          </div>
          <button type="button" class="button" disabled={!may.decide} onClick={() => perform("close")}>
            <IconFalse />{t("action.false")}<Kbd>F</Kbd>
          </button>
          {alert.state === "taken" && (
            <button type="button" class="button" disabled={!may.release} onClick={() => perform("release")}>
              <IconRelease />{t("action.release")}<Kbd>L</Kbd>
            </button>
          )}
        </div>
      )}
      {verifying.value === alert.alert_id && <VerifyAlert alert={alert} onClose={() => { verifying.value = null; }} />}
      {closing.value === alert.alert_id && <CloseAlert busy={closeBusy} onCancel={() => { closing.value = null; }} onClose={close} />}
    </section>
  );
}
