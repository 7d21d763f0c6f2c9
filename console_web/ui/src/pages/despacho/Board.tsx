/** Five columns of cards: where each dispatch of this agency stands. */
import { incidentSnapshotUrl } from "../../api/endpoints";
import type { Dispatch, DispatchState } from "../../api/types";
import { t } from "../../locale";
import { column, COLUMNS } from "../../state/board";
import { feed, nowMs, ready } from "../../state/store";
import { clock, elapsed } from "../../time";
import { unanswered } from "../../ui/DispatchCard";
import { IconWait } from "../../ui/icons";
import { CameraNumber, priorityClass, PriorityMark, StepIcon } from "../../ui/marks";
import { Snapshot } from "../../ui/Snapshot";
import { selectedDispatch } from "./selection";

function Card({ dispatch }: { dispatch: Dispatch }) {
  const selected = selectedDispatch.value === dispatch.dispatch_id;
  const now = nowMs.value;
  const end = dispatch.times.closed ?? now;
  const late = unanswered(dispatch, now);
  const inStep = dispatch.times[dispatch.state] ?? dispatch.created_wall_ms;
  return (
    <li>
      <button type="button" aria-pressed={selected} onClick={() => { selectedDispatch.value = dispatch.dispatch_id; }}
        class={`board-card ${priorityClass(dispatch.priority)} ${selected ? "is-selected" : ""} ${dispatch.state === "sent" ? "is-new" : ""} ${late ? "is-late" : ""}`}>
        <span class="board-card-top"><strong class="num">{dispatch.incident_number}</strong><PriorityMark priority={dispatch.priority} /></span>
        <span class="board-card-type">{dispatch.type_name}</span>
        <span class="board-card-place"><CameraNumber number={dispatch.camera_number} /> {dispatch.place}</span>
        {dispatch.state !== "closed" && dispatch.has_snapshot && <Snapshot src={incidentSnapshotUrl(dispatch.incident_id)} alt="" />}
        {dispatch.note && <span class="board-card-note">“{dispatch.note}”</span>}
        <span class="board-card-times num">
          <span><IconWait />{t("board.total")} <strong>{elapsed(end - dispatch.created_wall_ms)}</strong></span>
          {dispatch.state === "closed" ? <span>{clock(inStep)}</span> : <span>{t("board.step")} <strong>{elapsed(now - inStep)}</strong></span>}
        </span>
      </button>
    </li>
  );
}

function Column({ state }: { state: DispatchState }) {
  const cards = column(feed.value.dispatches.values(), state, nowMs.value);
  return (
    <section class={`board-column is-${state}`} aria-label={t(`board.${state}`)}>
      <h2><StepIcon state={state} />{t(`board.${state}`)}<span class={state === "sent" && cards.length > 0 ? "badge is-hot num" : "badge num"}>{cards.length}</span></h2>
      {state === "closed" && <p class="hint">{t("board.closed.hint")}</p>}
      <ul>{cards.map((d) => <Card key={d.dispatch_id} dispatch={d} />)}</ul>
      {cards.length === 0 && <p class="empty">{ready.value ? "—" : t("loading")}</p>}
    </section>
  );
}

export function Board() {
  return <div class="board">{COLUMNS.map((state) => <Column key={state} state={state} />)}</div>;
}
