/** What is kept as evidence: every hold with its stretch, reason, weight and end; prolong one, ask for its release, decide on another one's request. */
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import { serverNowMs } from "../api/client";
import type { Hold, Holds as Listing } from "../api/types";
import { t } from "../locale";
import { mayDecideRelease, mayPlaceHold } from "../state/roles";
import { session } from "../state/store";
import { bytes, date, dateClock, instantOf, isoOfWritten } from "../time";
import { Dialog } from "./Dialog";
import { Lacks, LacksMark } from "./HoldLacks";
import { IconDone, IconLock, IconWarn } from "./icons";
import { CameraNumber } from "./marks";
import { say, sayError, useAction } from "./notices";

const DAY_MS = 86_400_000;
type Act = { kind: "ask" | "prolong" | "decide"; hold: Hold };

/** As many pages as it takes to show that many. */
async function pages(which: "holding" | "ended", least: number): Promise<Listing> {
  let page = await api.holds(which);
  const items = [...page.items];
  while (page.more && items.length < least) {
    page = await api.holds(which, items.at(-1)?.hold_id);
    items.push(...page.items);
  }
  return { ...page, items };
}

function HoldState({ hold, warningDays }: { hold: Hold; warningDays: number }) {
  if (hold.state === "asked") return <span class="mark stream-offline"><IconWarn />{t("hold.state.asked")}</span>;
  if (hold.state !== "active") return <span class="mark"><IconDone />{t(`hold.state.${hold.state}`)}</span>;
  const left = hold.expires_wall_ms === null ? Infinity : (hold.expires_wall_ms - serverNowMs()) / DAY_MS;
  if (left < warningDays) return <span class="mark stream-offline"><IconWarn />{t("hold.state.ending", { days: Math.max(0, Math.ceil(left)) })}</span>;
  return <span class="mark stream-online"><IconLock />{t("hold.state.active")}</span>;
}

function Question({ act, onDone, onClose }: { act: Act; onDone: () => void; onClose: () => void }) {
  const { hold, kind } = act;
  const [text, setText] = useState("");
  const [until, setUntil] = useState(hold.expires_wall_ms === null ? "" : date(hold.expires_wall_ms + 365 * DAY_MS));
  const { busy, run } = useAction();
  const day = until.trim() === "" ? null : isoOfWritten(until);
  const bad = kind === "prolong" && until.trim() !== "" && day === null;
  const send = (work: () => Promise<unknown>, told: string): void => {
    void run(work).then((done) => {
      if (done) { say(told); onDone(); }
    });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (bad) return;
    if (kind === "ask") send(() => api.askRelease(hold.hold_id, text), t("hold.asked.done"));
    else if (kind === "prolong") send(() => api.prolongHold(hold.hold_id, day === null ? null : instantOf(day, "23:59")), t("hold.prolonged"));
    else send(() => api.decideRelease(hold.hold_id, true), t("hold.released"));
  };
  return (
    <Dialog title={t(`hold.${kind}.title`)} onClose={onClose} wide>
      <p class="hold-about"><CameraNumber number={hold.camera_number} /> {hold.place} · {dateClock(hold.from_wall_ms)} – {hold.to_wall_ms === null ? t("hold.open") : dateClock(hold.to_wall_ms)}<br />{hold.reason}{hold.authority && ` · ${hold.authority}`}</p>
      <form class="form" onSubmit={submit}>
        {kind === "ask" && <label class="field">{t("hold.why")}<textarea required autofocus minLength={10} maxLength={2000} rows={3} value={text} onInput={(e) => setText(e.currentTarget.value)} /><small>{t("hold.ask.hint")}</small></label>}
        {kind === "prolong" && <label class="field">{t("hold.until")}<input autofocus class="num" placeholder="31/12/2027" aria-invalid={bad} value={until} onInput={(e) => setUntil(e.currentTarget.value)} /><small>{t(bad ? "picker.day.hint" : "hold.until.hint")}</small></label>}
        {kind === "decide" && <p>{t("hold.decide.asked", { name: hold.asked_by ?? "", reason: hold.asked_reason })}</p>}
        <div class="row">
          <button type="submit" class={kind === "decide" ? "button is-bad" : "button is-primary"} disabled={busy || bad || (kind === "decide" && hold.asked_by_id === session.value?.user.user_id)}>{t(`hold.${kind}.do`)}</button>
          {kind === "decide" && <button type="button" class="button is-primary" autofocus disabled={busy} onClick={() => send(() => api.decideRelease(hold.hold_id, false), t("hold.kept"))}>{t("hold.keep")}</button>}
          <button type="button" class="button" onClick={onClose}>{t("cancel")}</button>
        </div>
        {kind === "decide" && hold.asked_by_id === session.value?.user.user_id && <p class="field-error">{t("hold.decide.own")}</p>}
      </form>
    </Dialog>
  );
}

function Row({ hold, warningDays, onAct, onLacks }: { hold: Hold; warningDays: number; onAct: (act: Act) => void; onLacks: (hold: Hold) => void }) {
  const role = session.value?.user.role;
  const holds = hold.state === "active" || hold.state === "asked";
  return (
    <tr class={holds ? "" : "is-off"}>
      <td><HoldState hold={hold} warningDays={warningDays} /></td>
      <td><CameraNumber number={hold.camera_number} /><small>{hold.place}</small></td>
      <td class="num">{dateClock(hold.from_wall_ms)}<small>{hold.to_wall_ms === null ? t("hold.open") : dateClock(hold.to_wall_ms)}</small><LacksMark hold={hold} onOpen={() => onLacks(hold)} /></td>
      <td class="cell-detail">{hold.incident_id ? t("hold.of.incident", { number: hold.reason }) : hold.reason}<small>{hold.authority}</small>
        {hold.state === "asked" && <small>{t("hold.asked.by", { name: hold.asked_by ?? "", reason: hold.asked_reason })}</small>}</td>
      <td class="num">{holds ? bytes(hold.size_bytes) : "—"}</td>
      <td>{hold.created_by}<small class="num">{dateClock(hold.created_wall_ms)}</small></td>
      <td class="num">{hold.ended_wall_ms !== null ? `${dateClock(hold.ended_wall_ms)} · ${hold.ended_by ?? ""}` : hold.expires_wall_ms === null ? t("hold.never") : date(hold.expires_wall_ms)}</td>
      <td class="row">
        {holds && mayPlaceHold(role) && <button type="button" class="button is-small" onClick={() => onAct({ kind: "prolong", hold })}>{t("hold.prolong.do")}</button>}
        {hold.state === "active" && mayPlaceHold(role) && <button type="button" class="button is-small" onClick={() => onAct({ kind: "ask", hold })}>{t("hold.ask.do")}</button>}
        {hold.state === "asked" && mayDecideRelease(role) && <button type="button" class="button is-small is-primary" onClick={() => onAct({ kind: "decide", hold })}>{t("hold.decide")}</button>}
      </td>
    </tr>
  );
}

export function Holds() {
  const [which, setWhich] = useState<"holding" | "ended">("holding");
  const [listing, setListing] = useState<Listing | null>(null);
  const [act, setAct] = useState<Act | null>(null);
  const [lacking, setLacking] = useState<Hold | null>(null);
  const { busy, run } = useAction();
  const asked = useRef(0);
  const load = (least: number): void => {
    const mine = ++asked.current;
    // Whoever has turned to the other list meanwhile keeps that one.
    pages(which, least).then((found) => { if (mine === asked.current) setListing(found); }, sayError);
  };
  useEffect(() => load(0), [which]);
  const more = (shown: Listing): void => {
    void run(async () => {
      const page = await api.holds(which, shown.items.at(-1)?.hold_id);
      setListing((now) => (now === shown ? { ...page, items: [...shown.items, ...page.items] } : now));
    });
  };
  const over = listing !== null && listing.held_bytes > listing.budget_bytes;
  return (
    <section class="panel table-panel" aria-label={t("holds.title")}>
      <h2 class="panel-title">{t("holds.title")}<span class="badge num">{listing?.count ?? 0}</span>
        <span class="hold-budget num">{over && <IconWarn />}{listing && t("holds.budget", { held: bytes(listing.held_bytes), budget: bytes(listing.budget_bytes) })}</span>
        <span class="row" role="group">
          {(["holding", "ended"] as const).map((id) => <button key={id} type="button" class="button is-small" aria-pressed={id === which} onClick={() => { setListing(null); setWhich(id); }}>{t(`holds.${id}`)}</button>)}
        </span>
      </h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.state")}</th><th>{t("table.camera")}</th><th>{t("hold.stretch")}</th><th>{t("hold.reason")}</th><th>{t("hold.weight")}</th><th>{t("hold.by")}</th><th>{t(which === "ended" ? "hold.ended" : "hold.ends")}</th><th /></tr></thead>
          <tbody>{listing?.items.map((hold) => <Row key={hold.hold_id} hold={hold} warningDays={listing.warning_days} onAct={setAct} onLacks={setLacking} />)}</tbody>
        </table>
        {listing === null ? <p class="empty">{t("loading")}</p> : listing.items.length === 0 && <p class="empty">{t("holds.empty")}</p>}
        {listing?.more && <button type="button" class="button" disabled={busy} onClick={() => more(listing)}>{t("holds.more", { shown: listing.items.length, count: listing.count })}</button>}
      </div>
      {lacking && <Lacks hold={lacking} onClose={() => setLacking(null)} />}
      {act && <Question act={act} onClose={() => setAct(null)} onDone={() => { setAct(null); load(listing?.items.length ?? 0); }} />}
    </section>
  );
}
