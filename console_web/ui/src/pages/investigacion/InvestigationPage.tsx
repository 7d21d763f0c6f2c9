/** Recorded video of up to four cameras on one time line. */
import { useEffect } from "preact/hooks";
import * as api from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import { t } from "../../locale";
import type { Command } from "../../state/shortcuts";
import { movementFrom, ZOOMS_MS } from "../../state/timeline";
import { mayPlaceHold, mayWork } from "../../state/roles";
import { feed, session } from "../../state/store";
import { dateClock } from "../../time";
import { Dialog } from "../../ui/Dialog";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { Holds } from "../../ui/Holds";
import { IconPause, IconPlay } from "../../ui/icons";
import { Kbd } from "../../ui/marks";
import { sayError, warn } from "../../ui/notices";
import { useKeys } from "../../ui/useKeys";
import { SawIt, sawIt } from "../operador/sawIt";
import { Picker } from "./Picker";
import { Player } from "./Player";
import { SearchSheet } from "./search/SearchSheet";
import { HoldForm } from "./HoldForm";
import { chosen, coverages, dayWindow, goTo, held, markEnd, playing, positionMs, rate, RATES, sheet, zoom } from "./state";
import { Legend, TimeBar } from "./TimeBar";

const RELOAD_MS = 30_000;

/** Coverage of the day for each chosen camera; today's grows, so it is asked for again. */
function useCoverage(): void {
  const ids = chosen.value.join(",");
  const { fromMs, toMs } = dayWindow.value;
  useEffect(() => {
    let current = true;
    const loadAll = (): void => {
      for (const id of chosen.value) {
        api.coverage(id, fromMs, Math.min(toMs, Math.max(serverNowMs(), fromMs + 1))).then((coverage) => {
          if (current) coverages.value = new Map(coverages.value).set(id, coverage);
        }, sayError);
      }
    };
    coverages.value = new Map();
    loadAll();
    const timer = toMs > serverNowMs() ? setInterval(loadAll, RELOAD_MS) : 0;
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [ids, fromMs]);
}

function frameMs(): number {
  const camera = feed.value.cameras.get(chosen.value[0] ?? "");
  return 1000 / (camera?.streams.main.fps || 25);
}

function shift(byMs: number): void {
  if (positionMs.value !== null) goTo(Math.min(serverNowMs(), positionMs.value + byMs));
}

function stepFrame(by: 1 | -1): void {
  playing.value = false;
  // Directly on the pictures: a whole seek through the shared position would round to the wrong frame.
  for (const video of document.querySelectorAll<HTMLVideoElement>(".player video")) video.currentTime += (by * frameMs()) / 1000;
}

function changeRate(by: 1 | -1): void {
  const at = RATES.indexOf(rate.value);
  rate.value = RATES[Math.min(RATES.length - 1, Math.max(0, at + by))] ?? 1;
}

function toMovement(direction: 1 | -1): void {
  const next = movementFrom([...coverages.value.values()], positionMs.value ?? dayWindow.value.fromMs, direction);
  if (next === null) warn(t("bar.no.movement"));
  else goTo(next - 2000);
}

function onCommand(command: Command): boolean {
  switch (command) {
    case "play": playing.value = !playing.value; break;
    case "back": shift(-10_000); break;
    case "forward": shift(10_000); break;
    case "back.minute": shift(-60_000); break;
    case "forward.minute": shift(60_000); break;
    case "frame.back": stepFrame(-1); break;
    case "frame.forward": stepFrame(1); break;
    case "slower": changeRate(-1); break;
    case "faster": changeRate(1); break;
    case "movement.previous": toMovement(-1); break;
    case "movement.next": toMovement(1); break;
    case "zoom.in": zoom.value = Math.min(ZOOMS_MS.length - 1, zoom.value + 1); break;
    case "zoom.out": zoom.value = Math.max(0, zoom.value - 1); break;
    case "mark.from": markEnd("fromMs"); break;
    case "mark.to": markEnd("toMs"); break;
    case "saw":
      if (!mayWork(session.value?.user.role)) return false;
      if (!chosen.value[0] || positionMs.value === null) warn(t("saw.no.moment"));
      else {
        playing.value = false;
        sawIt(chosen.value[0], positionMs.value);
      }
      break;
    case "hold":
      if (!mayPlaceHold(session.value?.user.role)) return false;
      if (chosen.value.length === 0) warn(t("hold.no.camera"));
      else sheet.value = "hold";
      break;
    case "search": sheet.value = "search"; break;
    case "holds":
      if (!mayPlaceHold(session.value?.user.role)) return false;
      sheet.value = "holds";
      break;
    default: return false;
  }
  return true;
}

/** Holds of the day's cameras, drawn on the bars; asked for anew when a sheet was closed. */
function useHeld(): void {
  const open = sheet.value;
  const may = mayPlaceHold(session.value?.user.role);
  useEffect(() => {
    if (may && open === "none") api.holds("holding").then((listing) => { held.value = listing.items; }, sayError);
  }, [may, open]);
}

function HoldControls() {
  if (!mayPlaceHold(session.value?.user.role)) return null;
  return (
    <>
      <Control command="mark.from" label={t("controls.mark.from")} keys="[" />
      <Control command="mark.to" label={t("controls.mark.to")} keys="]" />
      <Control command="hold" label={t("controls.hold")} keys="H" />
      <Control command="holds" label={t("controls.holds")} keys="L" />
    </>
  );
}

function Control({ command, label, keys }: { command: Command; label: string; keys: string }) {
  return <button type="button" class="button is-small" onClick={() => onCommand(command)}>{label}<Kbd>{keys}</Kbd></button>;
}

function Controls() {
  return (
    <div class="controls">
      <button type="button" class="button is-primary" onClick={() => onCommand("play")}>{playing.value ? <IconPause /> : <IconPlay />}{t(playing.value ? "clip.pause" : "clip.play")}<Kbd>␣</Kbd></button>
      <strong class="controls-time num">{positionMs.value === null ? "--:--:--" : dateClock(positionMs.value)}</strong>
      <Control command="back" label="−10 s" keys="←" />
      <Control command="forward" label="+10 s" keys="→" />
      <Control command="frame.back" label={t("controls.frame.back")} keys="," />
      <Control command="frame.forward" label={t("controls.frame.forward")} keys="." />
      <Control command="slower" label={t("controls.slower")} keys="-" />
      <strong class="num">{rate.value}×</strong>
      <Control command="faster" label={t("controls.faster")} keys="+" />
      <Control command="movement.previous" label={t("controls.movement.previous")} keys="B" />
      <Control command="movement.next" label={t("controls.movement.next")} keys="N" />
      <Control command="search" label={t("controls.search")} keys="F" />
      {mayWork(session.value?.user.role) && <Control command="saw" label={t("saw.button")} keys="V" />}
      <HoldControls />
    </div>
  );
}

export function InvestigationPage() {
  useKeys("investigacion", onCommand);
  useCoverage();
  useHeld();
  const cameras = chosen.value.flatMap((id) => feed.value.cameras.get(id) ?? []);
  return (
    <div class="investigate">
      <ErrorBoundary panel={t("picker.title")}><Picker /></ErrorBoundary>
      <div class="investigate-main">
        <div class={`players is-${Math.max(1, cameras.length)}`}>
          {cameras.length === 0 && <p class="empty is-big">{t("investigate.nothing")}</p>}
          {cameras.map((camera, i) => (
            <ErrorBoundary key={camera.camera_id} panel={camera.name}><Player camera={camera} leads={i === 0} /></ErrorBoundary>
          ))}
        </div>
        <Controls />
        <section class="panel bars" aria-label={t("bars.title")}>
          <ErrorBoundary panel={t("bars.title")}>
            {cameras.map((camera) => <TimeBar key={camera.camera_id} camera={camera} coverage={coverages.value.get(camera.camera_id) ?? null} />)}
            <div class="bars-foot">
              <Legend />
              <Control command="zoom.out" label={t("controls.zoom.out")} keys="O" />
              <Control command="zoom.in" label={t("controls.zoom.in")} keys="I" />
            </div>
          </ErrorBoundary>
        </section>
      </div>
      {sheet.value === "search" && <SearchSheet onClose={() => { sheet.value = "none"; }} />}
      <SawIt />
      {sheet.value === "hold" && <HoldForm onClose={() => { sheet.value = "none"; }} />}
      {sheet.value === "holds" && (
        <Dialog title={t("holds.title")} onClose={() => { sheet.value = "none"; }} full>
          <ErrorBoundary panel={t("holds.title")}><Holds /></ErrorBoundary>
          <button type="button" class="button" onClick={() => { sheet.value = "none"; }}>{t("close")}</button>
        </Dialog>
      )}
    </div>
  );
}
