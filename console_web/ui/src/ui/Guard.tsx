/** The shift on duty: who is there, whose cameras are which, zones at rest, and the hand-over. A dialog of the operator, a tab of the supervisor. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Handover as HandoverData, HandoverItem, Seat, Shelving } from "../api/types";
import { t } from "../locale";
import { isFlood, openHandover, shelvedNow } from "../state/feed";
import { camerasByNumber, feed, nowMs, putHandover, putShelving, session } from "../state/store";
import { clock, dateClock, elapsed, shiftText } from "../time";
import { Dialog } from "./Dialog";
import { ErrorBoundary } from "./ErrorBoundary";
import { IconDone, IconUser, IconWait, IconWarn } from "./icons";
import { CameraNumber, Kbd } from "./marks";
import { say, useAction } from "./notices";
import { zoneText } from "./source";

export const guardOpen = signal(false);

function SeatRow({ seat }: { seat: Seat }) {
  const shares = feed.value.room?.shares ?? {};
  const numbers = camerasByNumber.value.filter((c) => shares[c.camera_id] === seat.user_id).map((c) => c.number);
  return (
    <tr class={seat.idle ? "is-bad" : ""}>
      <td>{seat.idle ? <span class="mark stream-offline"><IconWarn />{t("room.idle")}</span> : <span class="mark stream-online"><IconUser />{t("room.present")}</span>}</td>
      <td><strong>{seat.name}</strong><small>{seat.chief ? t("room.chief") : t(`role.${seat.role}`)}</small></td>
      <td>{seat.terminal || "—"}<small>{seat.post}</small></td>
      <td>{t(seat.level === 1 ? "level.1" : seat.level === 3 ? "level.3" : "level.2")}</td>
      <td class="num cell-detail"><strong>{numbers.length}</strong> {numbers.join(", ")}</td>
    </tr>
  );
}

export function RoomTable() {
  const room = feed.value.room;
  const seats = room?.seats ?? [];
  const unwatched = camerasByNumber.value.filter((c) => room?.unwatched.includes(c.camera_id)).map((c) => c.number);
  return (
    <section class="panel table-panel" aria-label={t("room.title")}>
      <h2 class="panel-title">{t("room.title")}<span class="badge num">{seats.length}</span>{room?.shift && <span class="num">{t("room.shift", { shift: shiftText(room.shift) })}</span>}</h2>
      {isFlood(feed.value) && <p class="late"><IconWarn />{t("flood.since", { at: clock(room?.flood_since_wall_ms ?? 0) })}</p>}
      {unwatched.length > 0 && <p class="late"><IconWarn />{t("room.unwatched", { cameras: unwatched.join(", ") })}</p>}
      {room?.closing && <p class="late"><IconWait />{t("room.closing")}</p>}
      {(room?.stale ?? 0) > 0 && <p class="late"><IconWarn />{t("room.stale", { count: room?.stale ?? 0 })}</p>}
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.state")}</th><th>{t("room.who")}</th><th>{t("room.terminal")}</th><th>{t("room.level")}</th><th>{t("room.cameras")}</th></tr></thead>
          <tbody>{seats.map((seat) => <SeatRow key={seat.user_id} seat={seat} />)}</tbody>
        </table>
        {seats.length === 0 && <p class="empty">{t("room.nobody")}</p>}
      </div>
    </section>
  );
}

export function ShelfTable() {
  const { busy, run } = useAction();
  const resting = shelvedNow(feed.value);
  const end = (s: Shelving): void => {
    void run(async () => {
      putShelving(await api.endShelving(s.shelving_id));
      say(t("shelf.ended", { number: s.camera_number }));
    });
  };
  return (
    <section class="panel table-panel" aria-label={t("shelf.title")}>
      <h2 class="panel-title">{t("shelf.title")}<span class="badge num">{resting.length}</span></h2>
      <div class="table-scroll">
        <table>
          <tbody>
            {resting.map((s) => (
              <tr key={s.shelving_id}>
                <td><CameraNumber number={s.camera_number} /><small>{s.place}</small></td>
                <td>{zoneText(s.zone)}<small class="num">{t("shelf.why", { count: s.starts, at: clock(s.since_wall_ms) })}</small></td>
                <td class="num">{t("shelf.left", { left: elapsed(Math.max(0, s.until_wall_ms - nowMs.value)) })}</td>
                <td><button type="button" class="button is-small" disabled={busy} onClick={() => end(s)}>{t("shelf.end")}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
        {resting.length === 0 && <p class="empty">{t("shelf.empty")}</p>}
      </div>
    </section>
  );
}

function ItemRow({ handover, item, run, busy }: { handover: HandoverData; item: HandoverItem; run: (work: () => Promise<void>) => unknown; busy: boolean }) {
  const [remark, setRemark] = useState("");
  const incoming = !item.hidden && handover.state === "signed" && handover.signed_by_id !== session.value?.user.user_id;
  return (
    <tr class={item.accepted_wall_ms !== null ? "is-off" : ""}>
      <td>{t(`handover.kind.${item.kind}`)}</td>
      <td class="cell-detail">{item.hidden ? t("handover.hidden") : item.text}{item.remark && <small>{item.remark}</small>}</td>
      <td>
        {item.accepted_wall_ms !== null ? <span class="mark stream-online"><IconDone />{t("handover.item.accepted", { name: item.accepted_by ?? "", at: clock(item.accepted_wall_ms) })}</span>
          : incoming ? (
            <span class="row handover-accept">
              <input aria-label={t("handover.remark")} placeholder={t("handover.remark")} maxLength={300} value={remark} onInput={(e) => setRemark(e.currentTarget.value)} />
              <button type="button" class="button is-small is-primary" disabled={busy} onClick={() => run(async () => putHandover(await api.acceptItem(handover.handover_id, item.item_id, remark.trim())))}>{t("handover.accept")}</button>
            </span>
          ) : handover.state === "draft" && item.kind === "order" ? (
            <button type="button" class="button is-small" disabled={busy} onClick={() => run(async () => putHandover(await api.dropOrder(handover.handover_id, item.item_id)))}>{t("handover.drop")}</button>
          ) : null}
      </td>
    </tr>
  );
}

/** The hand-over that is under way, or the button that begins one. */
export function HandoverPanel() {
  const { busy, run } = useAction();
  const [order, setOrder] = useState("");
  const handover = openHandover(feed.value);
  const last = [...feed.value.handovers.values()].filter((h) => h.state === "accepted").sort((a, b) => b.created_wall_ms - a.created_wall_ms)[0];
  const signer = handover?.signed_by_id === session.value?.user.user_id;
  const add = (event: Event): void => {
    event.preventDefault();
    if (!handover || order.trim() === "") return;
    void run(async () => {
      putHandover(await api.addOrder(handover.handover_id, order.trim()));
      setOrder("");
    });
  };
  return (
    <section class="panel table-panel" aria-label={t("handover.title")}>
      <h2 class="panel-title">{t("handover.title")}
        {handover && <span class={handover.state === "signed" ? "mark stream-offline" : "mark"}>{t(`handover.state.${handover.state}`)}</span>}
        {handover && <span class="num">{shiftText(handover.shift)} → {shiftText(handover.to_shift)}</span>}
      </h2>
      {!handover && (
        <div class="handover-none">
          <p>{last ? t("handover.last", { shift: shiftText(last.shift), name: last.accepted_by ?? "", at: dateClock(last.accepted_wall_ms ?? 0) }) : t("handover.never")}</p>
          <button type="button" class="button is-primary" disabled={busy} onClick={() => void run(async () => putHandover(await api.beginHandover()))}>{t("handover.begin")}</button>
        </div>
      )}
      {handover && (
        <>
          <div class="table-scroll">
            <table><tbody>{handover.items.map((item) => <ItemRow key={item.item_id} handover={handover} item={item} run={(work) => void run(work)} busy={busy} />)}</tbody></table>
            {handover.items.length === 0 && <p class="empty">{t("handover.empty")}</p>}
          </div>
          {handover.state === "draft" && (
            <form class="row handover-order" onSubmit={add}>
              <input aria-label={t("handover.order")} placeholder={t("handover.order")} maxLength={1000} value={order} onInput={(e) => setOrder(e.currentTarget.value)} />
              <button type="submit" class="button" disabled={busy || order.trim() === ""}>{t("handover.order.add")}</button>
              <button type="button" class="button" disabled={busy} onClick={() => void run(async () => putHandover(await api.beginHandover()))}>{t("reload")}</button>
              <button type="button" class="button is-primary" disabled={busy} onClick={() => void run(async () => putHandover(await api.signHandover(handover.handover_id)))}>{t("handover.sign")}</button>
            </form>
          )}
          {handover.state === "signed" && (
            <div class="row handover-order">
              <span>{t("handover.signed", { name: handover.signed_by ?? "", at: dateClock(handover.signed_wall_ms ?? 0) })}</span>
              {/* Nobody accepted it: the shift that came must be able to hand over all the same. */}
              {feed.value.room?.closing && feed.value.room.shift !== handover.shift && <button type="button" class="button is-primary" disabled={busy} onClick={() => void run(async () => putHandover(await api.beginHandover()))}>{t("handover.begin")}</button>}
              {signer && <button type="button" class="button" disabled={busy} onClick={() => void run(async () => putHandover(await api.reopenHandover(handover.handover_id)))}>{t("handover.reopen")}</button>}
              {!signer && handover.items.length === 0 && <button type="button" class="button is-primary" disabled={busy} onClick={() => void run(async () => putHandover(await api.acceptHandover(handover.handover_id)))}>{t("handover.accept")}</button>}
            </div>
          )}
        </>
      )}
    </section>
  );
}

export function GuardDialog() {
  if (!guardOpen.value) return null;
  const close = (): void => {
    guardOpen.value = false;
  };
  return (
    <Dialog title={t("guard.title")} onClose={close} full>
      <div class="guard">
        <ErrorBoundary panel={t("handover.title")}><HandoverPanel /></ErrorBoundary>
        <ErrorBoundary panel={t("room.title")}><RoomTable /></ErrorBoundary>
        <ErrorBoundary panel={t("shelf.title")}><ShelfTable /></ErrorBoundary>
      </div>
      <button type="button" class="button" onClick={close}>{t("close")}<Kbd>Esc</Kbd></button>
    </Dialog>
  );
}
