/** One agency's dispatch board: what is new rings until somebody says "recibido". */
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Dispatch, DispatchState } from "../../api/types";
import { t } from "../../locale";
import { toneOf } from "../../state/agencies";
import { column, COLUMNS } from "../../state/board";
import { step } from "../../state/queueMove";
import type { Command } from "../../state/shortcuts";
import { load } from "../../state/feed";
import { feed, nowMs, putDispatch, session } from "../../state/store";
import { CloseDispatch } from "../../ui/CloseDispatch";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { IconWait, IconWarn } from "../../ui/icons";
import { AgencyMark, Kbd } from "../../ui/marks";
import { sayError } from "../../ui/notices";
import { useKeys } from "../../ui/useKeys";
import { usePresses } from "../../ui/usePresses";
import { startAlarm } from "./alarm";
import { Board } from "./Board";
import { Detail } from "./Detail";
import { UnitStrip } from "./UnitStrip";
import { closingDispatch, selectedDispatch, stepNote } from "./selection";
import { startShown } from "./shown";

const waiting = computed(() => [...feed.value.dispatches.values()].filter((d) => d.state === "sent").length);

/** A new dispatch may bring a camera that this agency could not see until now. */
function useNewCameras(chosen: Dispatch | null): void {
  const unknown = chosen && !feed.value.cameras.has(chosen.camera_id) ? chosen.camera_id : null;
  useEffect(() => {
    if (unknown) api.cameras().then((cameras) => { feed.value = load(feed.value, { cameras }); }, sayError);
  }, [unknown]);
}

export function DispatchPage() {
  const presses = usePresses();
  const agency = session.value?.user.agency ?? null;
  const all = feed.value.dispatches;
  const ordered = COLUMNS.flatMap((state) => column(all.values(), state, nowMs.value));
  const chosen = selectedDispatch.value ? (all.get(selectedDispatch.value) ?? null) : null;
  useEffect(startAlarm, []);
  useEffect(startShown, []);
  useEffect(() => {
    stepNote.value = "";
  }, [chosen?.dispatch_id]);
  useNewCameras(chosen);
  const first = ordered[0];
  useEffect(() => {
    if (!chosen && first) selectedDispatch.value = first.dispatch_id;
  }, [chosen === null, first?.dispatch_id]);
  const advance = (dispatch: Dispatch, to: DispatchState): void => {
    // The note belongs to the dispatch it was typed under.
    const id = dispatch.dispatch_id;
    const note = id === chosen?.dispatch_id ? stepNote.value.trim() : "";
    const verdict = presses.press({
      name: `${to} ${id}`,
      words: t("step.of", { step: t(`step.${to as Exclude<DispatchState, "sent">}`), number: dispatch.incident_number }),
      act: async () => putDispatch(await api.advanceDispatch(id, to, note)),
      undone: () => { if (note && selectedDispatch.value === id && !stepNote.value) stepNote.value = note; },
    });
    // It goes with this step; were it still there, the next one would say it again.
    if (note && (verdict === "runs" || verdict === "waits")) stepNote.value = "";
  };
  const onStep = (to: DispatchState): void => {
    // "Recibido" answers the one that rings, even while another is being read.
    const target = to === "received" && chosen?.state !== "sent" ? ordered.find((d) => d.state === "sent") : chosen;
    if (!target || target.state === "closed" || COLUMNS.indexOf(to) <= COLUMNS.indexOf(target.state)) return;
    selectedDispatch.value = target.dispatch_id;
    if (to === "closed") closingDispatch.value = true;
    else advance(target, to);
  };
  useKeys("despacho", (command: Command) => {
    switch (command) {
      case "received": case "en_route": case "on_scene": case "closed": onStep(command); break;
      case "units": document.querySelector<HTMLElement>(".unit-strip button")?.focus(); break;
      case "note": document.getElementById("step-note")?.focus(); break;
      case "queue.up": case "queue.down": {
        const next = step(ordered.map((d) => d.dispatch_id), chosen?.dispatch_id ?? null, command === "queue.up" ? -1 : 1);
        if (next) selectedDispatch.value = next;
        break;
      }
      default: return false;
    }
    return true;
  });
  return (
    <div class={`dispatch-page agency-edge-${toneOf(agency ?? "serenazgo")}`}>
      <div class="dispatch-top">
        {agency && <AgencyMark agency={agency} large />}
        <strong>{t("board.title")}</strong>
        {presses.waiting && <span class="typed" role="status"><IconWait />{t("press.waits", { what: presses.waiting.words })}</span>}
        {waiting.value > 0 && <span class="ringing" role="alert"><IconWarn />{t("board.ringing", { count: waiting.value })}<Kbd>R</Kbd></span>}
      </div>
      <div class="dispatch-body">
        <div class="board-side">
          <ErrorBoundary panel={t("units.title")}><UnitStrip agency={agency} chosen={chosen} /></ErrorBoundary>
          <ErrorBoundary panel={t("board.title")}><Board /></ErrorBoundary>
        </div>
        {chosen ? (
          <ErrorBoundary panel={chosen.incident_number} key={chosen.dispatch_id}><Detail dispatch={chosen} advance={(to) => advance(chosen, to)} /></ErrorBoundary>
        ) : <section class="panel detail"><p class="empty is-big">{t("board.nothing")}</p></section>}
      </div>
      {chosen && closingDispatch.value && <CloseDispatch dispatch={chosen} note={stepNote.value} onClose={() => { closingDispatch.value = false; }}
        onDone={() => { stepNote.value = ""; closingDispatch.value = false; }} />}
    </div>
  );
}
