/** One agency's dispatch board: what is new rings until somebody says "recibido". */
import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { Dispatch, DispatchState } from "../../api/types";
import { t } from "../../locale";
import { toneOf } from "../../state/agencies";
import { column, COLUMNS } from "../../state/board";
import { step } from "../../state/queueMove";
import type { Command } from "../../state/shortcuts";
import { load } from "../../state/feed";
import { feed, nowMs, putDispatch, session } from "../../state/store";
import { Dialog } from "../../ui/Dialog";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { IconWarn } from "../../ui/icons";
import { AgencyMark, Kbd } from "../../ui/marks";
import { sayError, useAction } from "../../ui/notices";
import { useKeys } from "../../ui/useKeys";
import { startAlarm } from "./alarm";
import { Board } from "./Board";
import { Detail } from "./Detail";
import { closingDispatch, selectedDispatch, stepNote } from "./selection";

const waiting = computed(() => [...feed.value.dispatches.values()].filter((d) => d.state === "sent").length);

function CloseDispatch({ dispatch, run, busy }: { dispatch: Dispatch; run: (action: () => Promise<unknown>) => Promise<boolean>; busy: boolean }) {
  const [text, setText] = useState(stepNote.value);
  const cancel = (): void => {
    closingDispatch.value = false;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      putDispatch(await api.advanceDispatch(dispatch.dispatch_id, "closed", text.trim()));
      stepNote.value = "";
      cancel();
    });
  };
  return (
    <Dialog title={t("close.dispatch.title", { number: dispatch.incident_number })} onClose={cancel}>
      <form class="form" onSubmit={submit}>
        <label class="field">{t("close.dispatch.result")}
          <textarea rows={4} maxLength={1000} autofocus required value={text} onInput={(e) => setText(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === "Enter" && e.ctrlKey && text.trim()) submit(e); }} />
        </label>
        <div class="row">
          <button type="submit" class="button is-primary" disabled={busy || !text.trim()}>{t("close.dispatch.confirm")}<Kbd>Ctrl Enter</Kbd></button>
          <button type="button" class="button" onClick={cancel}>{t("cancel")}<Kbd>Esc</Kbd></button>
        </div>
      </form>
    </Dialog>
  );
}

/** A new dispatch may bring a camera that this agency could not see until now. */
function useNewCameras(chosen: Dispatch | null): void {
  const unknown = chosen && !feed.value.cameras.has(chosen.camera_id) ? chosen.camera_id : null;
  useEffect(() => {
    if (unknown) api.cameras().then((cameras) => { feed.value = load(feed.value, { cameras }); }, sayError);
  }, [unknown]);
}

export function DispatchPage() {
  const { busy, run } = useAction();
  const agency = session.value?.user.agency ?? null;
  const all = feed.value.dispatches;
  const ordered = COLUMNS.flatMap((state) => column(all.values(), state, nowMs.value));
  const chosen = selectedDispatch.value ? (all.get(selectedDispatch.value) ?? null) : null;
  useEffect(startAlarm, []);
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
    const note = dispatch.dispatch_id === chosen?.dispatch_id ? stepNote.value.trim() : "";
    void run(async () => {
      putDispatch(await api.advanceDispatch(dispatch.dispatch_id, to, note));
      if (note) stepNote.value = "";
    });
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
        {waiting.value > 0 && <span class="ringing" role="alert"><IconWarn />{t("board.ringing", { count: waiting.value })}<Kbd>R</Kbd></span>}
      </div>
      <div class="dispatch-body">
        <ErrorBoundary panel={t("board.title")}><Board /></ErrorBoundary>
        {chosen ? (
          <ErrorBoundary panel={chosen.incident_number} key={chosen.dispatch_id}><Detail dispatch={chosen} busy={busy} advance={(to) => advance(chosen, to)} /></ErrorBoundary>
        ) : <section class="panel detail"><p class="empty is-big">{t("board.nothing")}</p></section>}
      </div>
      {chosen && closingDispatch.value && <CloseDispatch dispatch={chosen} run={run} busy={busy} />}
    </div>
  );
}
