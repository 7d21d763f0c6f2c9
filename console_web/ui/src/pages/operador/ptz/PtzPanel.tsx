/** Moving one camera: keys and pad, positions, patrols, and who has it. Stands below what the operator looks at, so that it covers nothing. */
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Ptz } from "../../../api/types";
import { t } from "../../../locale";
import { commandFor, digitFor, pressOf } from "../../../state/shortcuts";
import { STEERING, velocityOf } from "../../../state/steering";
import { feed } from "../../../state/store";
import { dialogOpen } from "../../../ui/Dialog";
import { IconClose, IconMovement, IconWarn } from "../../../ui/icons";
import { CameraNumber, Kbd } from "../../../ui/marks";
import { say, useAction, warn } from "../../../ui/notices";
import { usePresses } from "../../../ui/usePresses";
import { Hand } from "./hand";
import { Holder } from "./Holder";
import { Pad } from "./Pad";
import { Patrols } from "./Patrols";
import { Positions } from "./Positions";

/** The camera that is being moved; null: the panel is closed. */
export const movedCamera = signal<string | null>(null);

export function moveCamera(cameraId: string): void {
  if (feed.value.cameras.get(cameraId)?.ptz) movedCamera.value = cameraId;
  else warn(t("ptz.fixed"));
}

export function PtzPanel() {
  const id = movedCamera.value;
  return id ? <Panel key={id} cameraId={id} /> : null;
}

function Panel({ cameraId }: { cameraId: string }) {
  const [state, setState] = useState<Ptz | null>(null);
  const [refused, setRefused] = useState("");
  const [connected, setConnected] = useState(false);
  const [speed, setSpeed] = useState(0.5);
  const { busy, run } = useAction();
  const presses = usePresses();
  const hand = useRef<Hand | null>(null);
  const held = useRef(new Set<string>());
  const camera = feed.value.cameras.get(cameraId);

  const steer = (): void => hand.current?.steer(velocityOf(held.current, speed));
  const letGo = (): void => { held.current.clear(); steer(); };
  const hold = (key: string, down: boolean): void => {
    if (down) held.current.add(key);
    else held.current.delete(key);
    steer();
  };
  const ask = async (what: () => Promise<Ptz>, done = ""): Promise<void> => {
    setState(await what());
    setRefused("");
    if (done) say(done);
  };
  const act = (what: () => Promise<Ptz>, done = ""): void => void run(() => ask(what, done));
  /** By key: waits for the one before it. */
  const press = (name: string, words: string, what: () => Promise<Ptz>): void => void presses.press({ name, words, act: () => ask(what) });
  const goTo = (index: number): void => {
    const preset = state?.presets[index];
    if (preset) press(`preset ${preset.token}`, preset.name, () => api.ptzPreset(cameraId, preset.token));
  };

  useEffect(() => {
    const made = new Hand(cameraId, (heard) => {
      if (heard.kind === "ptz") {
        setState(heard.body);
        if (heard.body.holder?.mine !== false) setRefused("");
      } else setRefused([heard.message, heard.remedy].filter(Boolean).join(" "));
    }, setConnected);
    hand.current = made;
    return () => made.close();
  }, [cameraId]);

  const latest = useRef({ hold, goTo, letGo, press });
  latest.current = { hold, goTo, letGo, press };
  useLayoutEffect(() => {
    // In the capture phase: while the panel is open the arrows move the camera, not the queue: from its first picture on.
    const take = (event: KeyboardEvent): void => { event.preventDefault(); event.stopImmediatePropagation(); };
    const onDown = (event: KeyboardEvent): void => {
      if (dialogOpen() || event.isComposing) return;
      const press = pressOf(event);
      const command = commandFor(press, "mover");
      const key = event.key.toLowerCase();
      if (command && key in STEERING) { take(event); latest.current.hold(key, true); return; }
      if (event.repeat) return;
      const digit = digitFor(press);
      if (digit && digit !== "0") { take(event); latest.current.goTo(Number(digit) - 1); return; }
      switch (command) {
        case "ptz.home": latest.current.press("home", t("ptz.home"), () => api.ptzPreset(cameraId, null)); break;
        case "ptz.reserve": latest.current.press("reserve", t("ptz.reserve"), () => api.ptzReserve(cameraId, 120)); break;
        case "ptz.release": latest.current.press("release", t("ptz.release"), () => api.ptzRelease(cameraId)); break;
        case "escape": movedCamera.value = null; break;
        default: return;
      }
      take(event);
    };
    const onUp = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase();
      if (key in STEERING) latest.current.hold(key, false);
    };
    const onAway = (): void => latest.current.letGo();
    addEventListener("keydown", onDown, true);
    addEventListener("keyup", onUp, true);
    addEventListener("blur", onAway);
    document.addEventListener("visibilitychange", onAway);
    return () => {
      removeEventListener("keydown", onDown, true);
      removeEventListener("keyup", onUp, true);
      removeEventListener("blur", onAway);
      document.removeEventListener("visibilitychange", onAway);
    };
  }, [cameraId]);

  const fault = !connected && !state ? t("ptz.connecting") : state?.fault ? t(`ptz.fault.${state.fault}`) : "";
  const blocked = !state || !state.movable || Boolean(state.holder && !state.holder.mine && state.holder.rank === "incident");
  return (
    <section class="panel ptz" aria-label={t("ptz.title")}>
      <header class="ptz-head">
        <h2 class="panel-title">{t("ptz.title")}</h2>
        <p class="ptz-camera">{camera && <><CameraNumber number={camera.number} /> {camera.name}</>}</p>
        <p role="status" class="ptz-state">
          {fault ? <span class="mark p1"><IconWarn />{fault}</span>
            : state?.moving ? <span class="mark p2"><IconMovement />{t("ptz.moving")}</span> : <span class="hint">{t("ptz.still")}</span>}
          {state?.position && <span class="num hint">{t("ptz.position", { pan: state.position[0].toFixed(2), tilt: state.position[1].toFixed(2), zoom: state.position[2].toFixed(2) })}</span>}
        </p>
        {refused && <p role="alert" class="mark p1"><IconWarn />{refused}</p>}
        <button type="button" class="icon-button" aria-label={t("close")} onClick={() => { movedCamera.value = null; }}><IconClose /></button>
        <Kbd>Esc</Kbd>
      </header>
      <div class="ptz-body">
        <Pad hold={hold} speed={speed} setSpeed={setSpeed} disabled={blocked} />
        <Positions state={state} busy={busy || blocked} cameraId={cameraId} act={act} />
        <Patrols state={state} busy={busy || blocked} cameraId={cameraId} act={act} />
        <Holder state={state} busy={busy} cameraId={cameraId} act={act} />
      </div>
    </section>
  );
}
