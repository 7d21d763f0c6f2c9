/** The alert queue: what waits, most urgent first, then what somebody has. */
import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { alertSnapshotUrl } from "../../api/endpoints";
import { type Alert, deviceNotice, systemFault } from "../../api/types";
import { faultText } from "../../ui/fault";
import { t } from "../../locale";
import { nowMs, queue, ready, session } from "../../state/store";
import { elapsed } from "../../time";
import { IconHand, IconMovement, IconNoSignal, IconWait, IconWarn } from "../../ui/icons";
import { CameraNumber, priorityClass, PriorityMark } from "../../ui/marks";
import { Snapshot } from "../../ui/Snapshot";
import { announcement } from "./announce";
import { selectAlert, selection } from "./selection";

/** Only this ticks each second; the card around it does not. */
function Age({ sinceMs }: { sinceMs: number }) {
  return <span class="num">{elapsed(nowMs.value - sinceMs)}</span>;
}

interface CardProps {
  alert: Alert;
  selected: boolean;
  mine: boolean;
}

const AlertCard = memo(function AlertCard({ alert, selected, mine }: CardProps) {
  const item = useRef<HTMLLIElement>(null);
  const fault = systemFault(alert.zone);
  const notice = deviceNotice(alert.zone);
  useEffect(() => {
    if (selected) item.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const classes = ["alert-card", priorityClass(alert.priority), selected ? "is-selected" : "", alert.state === "new" ? "is-new" : "is-taken"];
  return (
    <li ref={item} id={`alert-${alert.alert_id}`} role="option" aria-selected={selected} class={classes.join(" ")} onClick={() => selectAlert(alert.alert_id)}>
      <div class="alert-card-picture">
        <Snapshot src={alert.has_snapshot ? alertSnapshotUrl(alert.alert_id) : null} box={alert.box} alt="" />
      </div>
      <div class="alert-card-text">
        <div class="alert-card-top">
          <PriorityMark priority={alert.priority} />
          <span class="alert-card-age"><IconWait /><Age sinceMs={alert.created_wall_ms} /></span>
        </div>
        <div class="alert-card-where">
          <CameraNumber number={alert.camera_number} />
          <span class="alert-card-place">{alert.place}</span>
        </div>
        <div class="alert-card-more">
          {fault !== null ? <span class="is-system"><IconNoSignal />{faultText(fault, alert.count)}</span>
            : notice !== null ? <span class="is-system"><IconWarn />{t("alert.device", { what: notice })}</span>
              : alert.zone && <span>{t("alert.zone", { zone: alert.zone })}</span>}
          {alert.count > 1 && !fault && <span class="num">{t("alert.count", { count: alert.count })}</span>}
          {alert.ongoing && <span class="is-ongoing">{fault === null && notice === null && <IconMovement />}{t("alert.ongoing")}</span>}
        </div>
        {alert.state === "taken" && (
          <div class={mine ? "alert-card-owner is-mine" : "alert-card-owner"}>
            <IconHand />{mine ? t("alert.mine") : t("alert.owner", { name: alert.owner_name ?? "" })}
          </div>
        )}
      </div>
    </li>
  );
});

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
          <AlertCard key={alert.alert_id} alert={alert} selected={alert.alert_id === selectedId} mine={alert.owner_id === me} />
        ))}
      </ul>
    </section>
  );
}
