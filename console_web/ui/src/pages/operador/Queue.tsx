/** The alert queue: what waits, most urgent first, then what somebody has. */
import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { alertSnapshotUrl } from "../../api/endpoints";
import { type Alert, deviceNotice, ofSystem, systemFault } from "../../api/types";
import { faultText } from "../../ui/fault";
import { t } from "../../locale";
import { folded, shelvedNow } from "../../state/feed";
import { feed, floodOpen, mine as mineCameras, nowMs, queue, ready, session } from "../../state/store";
import { clock, elapsed } from "../../time";
import { guardOpen } from "../../ui/Guard";
import { IconHand, IconMovement, IconNoSignal, IconTerminal, IconWait, IconWarn } from "../../ui/icons";
import { AlertNumber, placeText } from "../../ui/AlertPlace";
import { Kbd, priorityClass, PriorityMark } from "../../ui/marks";
import { Snapshot } from "../../ui/Snapshot";
import { announcement } from "./announce";
import { useSeen } from "./seen";
import { selectAlert, selection } from "./selection";
import { objectText, zoneText } from "../../ui/source";

/** Only this ticks each second; the card around it does not. */
function Age({ sinceMs }: { sinceMs: number }) {
  return <span class="num">{elapsed(nowMs.value - sinceMs)}</span>;
}

function Left({ untilMs }: { untilMs: number }) {
  return <span class="num"> · {elapsed(Math.max(0, untilMs - nowMs.value))}</span>;
}

interface CardProps {
  alert: Alert;
  selected: boolean;
  mine: boolean;
  /** It stands before me. */
  turn: boolean;
  /** Its camera is one of mine. */
  own: boolean;
}

const AlertCard = memo(function AlertCard({ alert, selected, mine, turn, own }: CardProps) {
  const item = useRef<HTMLLIElement>(null);
  const fault = systemFault(alert.zone);
  const notice = deviceNotice(alert.zone);
  useSeen(item, alert.alert_id, alert.state === "new");
  useEffect(() => {
    if (selected) item.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const classes = ["alert-card", priorityClass(alert.priority), selected ? "is-selected" : "", alert.state === "new" ? "is-new" : "is-taken"];
  return (
    <li ref={item} id={`alert-${alert.alert_id}`} role="option" aria-selected={selected} class={classes.join(" ")} onClick={() => selectAlert(alert.alert_id)}>
      <div class="alert-card-picture">
        {ofSystem(alert.zone) ? <div class="snapshot is-empty"><IconTerminal /></div> : <Snapshot src={alert.has_snapshot ? alertSnapshotUrl(alert.alert_id) : null} box={alert.box} alt="" />}
      </div>
      <div class="alert-card-text">
        <div class="alert-card-top">
          <PriorityMark priority={alert.priority} />
          <span class="alert-card-age"><IconWait /><Age sinceMs={alert.created_wall_ms} /></span>
        </div>
        <div class="alert-card-where">
          <AlertNumber alert={alert} />
          <span class="alert-card-place">{placeText(alert)}</span>
          {own && !ofSystem(alert.zone) && <span class="mark own-mark">{t("share.mine")}</span>}
        </div>
        <div class="alert-card-more">
          {fault !== null ? <span class="is-system">{ofSystem(alert.zone) ? <IconWarn /> : <IconNoSignal />}{faultText(fault, alert.count)}</span>
            : notice !== null ? <span class="is-system"><IconWarn />{t("alert.device", { what: notice })}</span>
              : alert.zone && <span>{t("alert.zone", { zone: zoneText(alert.zone) })}</span>}
          {alert.object_kind && <span class="num alert-object">{objectText(alert)}</span>}
          {alert.count > 1 && !fault && <span class="num">{t("alert.count", { count: alert.count })}</span>}
          {alert.cameras.length > 0 && <span class="num">{t("alert.cameras", { cameras: alert.cameras.join(", ") })}</span>}
          {alert.ongoing && <span class="is-ongoing">{fault === null && notice === null && <IconMovement />}{t("alert.ongoing")}</span>}
        </div>
        {alert.state === "new" && alert.offer_user_name && (
          <div class={turn ? "alert-card-owner is-mine" : "alert-card-owner"}>
            <IconHand />{turn ? t("alert.turn.mine") : t("alert.turn", { name: alert.offer_user_name })}
            {turn && alert.offer_until_wall_ms !== null && <Left untilMs={alert.offer_until_wall_ms} />}
          </div>
        )}
        {alert.escalation >= 2 && <div class="alert-card-owner is-ongoing"><IconWarn />{t(alert.escalation >= 3 ? "alert.escalated.3" : "alert.escalated.2")}</div>}
        {alert.state === "taken" && (
          <div class={mine ? "alert-card-owner is-mine" : "alert-card-owner"}>
            <IconHand />{mine ? t("alert.mine") : t("alert.owner", { name: alert.owner_name ?? "" })}
          </div>
        )}
      </div>
    </li>
  );
});

/** What is not in the queue: the many of low urgency in a flood, and zones at rest. Both open. */
function Apart() {
  const flood = folded(feed.value);
  const resting = shelvedNow(feed.value).length;
  const sinceMs = feed.value.room?.flood_since_wall_ms ?? null;
  if (resting === 0 && sinceMs === null) return null;
  return (
    <div class="queue-apart">
      {sinceMs !== null && flood === 0 && <p class="queue-flood is-idle"><IconWarn /><span><strong>{t("flood.title")}</strong> <span class="num">{clock(sinceMs)}</span> · {t("flood.none")}</span></p>}
      {flood > 0 && (
        <button type="button" class="queue-flood" aria-expanded={floodOpen.value} onClick={() => { floodOpen.value = !floodOpen.value; }}>
          <IconWarn /><span><strong>{t("flood.title")}</strong> <span class="num">{t("flood.folded", { count: flood })}</span></span><Kbd>B</Kbd>
        </button>
      )}
      {resting > 0 && (
        <button type="button" class="queue-rest" onClick={() => { guardOpen.value = true; }}><IconWait />{t("shelf.count", { count: resting })}<Kbd>U</Kbd></button>
      )}
    </div>
  );
}

export function Queue() {
  const alerts = queue.value;
  const waiting = alerts.filter((a) => a.state === "new").length;
  const chosen = selection.value;
  const selectedId = chosen?.kind === "alert" ? chosen.id : null;
  const me = session.value?.user.user_id;
  return (
    <section class="panel queue" aria-label={t("queue.title")}>
      <h2 class="panel-title">
        {t("queue.title")}
        <span class={waiting > 0 ? "badge is-hot num" : "badge num"}>{waiting}</span>
      </h2>
      <div class="sr-only" role="status" aria-live="assertive">{announcement.value}</div>
      {alerts.length === 0 && <p class="empty">{t(ready.value ? "queue.empty" : "loading")}</p>}
      <ul class="queue-list" role="listbox" tabIndex={0} aria-label={t("queue.title")} aria-activedescendant={selectedId ? `alert-${selectedId}` : undefined}>
        {alerts.map((alert) => (
          <AlertCard key={alert.alert_id} alert={alert} selected={alert.alert_id === selectedId} mine={alert.owner_id === me}
            turn={alert.offer_user_id === me} own={mineCameras.value.has(alert.camera_id)} />
        ))}
      </ul>
      <Apart />
    </section>
  );
}
