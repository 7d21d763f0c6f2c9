/** Cameras as devices: what they are, how their picture is set, relay outputs, restart. For supervisors and administrators. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Camera, Device, Ir } from "../api/types";
import { t, tOr } from "../locale";
import { camerasByNumber, session } from "../state/store";
import { Dialog } from "./Dialog";
import { IconDone, IconWarn } from "./icons";
import { CameraNumber } from "./marks";
import { sayError, say, useAction } from "./notices";

const CLOCK_RIGHT_S = 2;
const IRS = ["day", "night", "auto"] as const;
const FOCUSES = ["auto", "manual"] as const;

type Act = (what: () => Promise<Device>, done: string) => void;
interface PartProps { camera: Camera; device: Device; act: Act; busy: boolean }

function clockWords(offset_s: number): string {
  const seconds = Math.abs(offset_s).toFixed(1);
  if (Math.abs(offset_s) <= CLOCK_RIGHT_S) return t("devices.clock.good");
  return t(offset_s > 0 ? "devices.clock.ahead" : "devices.clock.behind", { seconds });
}

function Identity({ device }: { device: Device }) {
  const right = Math.abs(device.clock_offset_s) <= CLOCK_RIGHT_S;
  return (
    <dl>
      <dt>{t("devices.model")}</dt><dd>{device.manufacturer} {device.model}</dd>
      <dt>{t("devices.firmware")}</dt><dd>{device.firmware}</dd>
      <dt>{t("devices.serial")}</dt><dd>{device.serial}</dd>
      <dt>{t("devices.address")}</dt><dd class="num">{device.address}</dd>
      <dt>{t("devices.clock")}</dt><dd class={right ? "mark stream-online" : "mark p2"}>{right ? <IconDone /> : <IconWarn />}{clockWords(device.clock_offset_s)}</dd>
      <dt>{t("devices.events")}</dt><dd class={device.events ? "mark p2" : "mark stream-online"}>{device.events ? <IconWarn /> : <IconDone />}{t(device.events ? "devices.events.bad" : "devices.events.good")}</dd>
    </dl>
  );
}

function Picture({ camera, device, act, busy }: PartProps) {
  const [levels, setLevels] = useState<Record<string, number>>({});
  const apply = (): void => {
    act(() => api.setImaging(camera.camera_id, { levels }), t("devices.applied", { number: camera.number }));
    setLevels({});
  };
  const set = (part: { ir?: Ir; focus?: "auto" | "manual" }): void => act(() => api.setImaging(camera.camera_id, part), t("devices.applied", { number: camera.number }));
  if (device.levels.length === 0 && !device.ir && !device.focus) return <p class="hint">{t("devices.lacks")}</p>;
  return (
    <>
      {device.levels.map((level) => {
        const value = levels[level.name] ?? level.value;
        return (
          <label key={level.name} class="device-level">{tOr("level", level.name)}
            <input type="range" min={level.least} max={level.most} step="any" value={value} onInput={(e) => setLevels({ ...levels, [level.name]: Number(e.currentTarget.value) })} />
            <span class="num">{value.toFixed(0)}</span>
          </label>
        );
      })}
      <button type="button" class="button is-primary" disabled={busy || Object.keys(levels).length === 0} onClick={apply}>{t("devices.apply")}</button>
      {device.ir && (
        <div class="row"><span>{t("devices.ir")}</span>
          {IRS.map((ir) => <button key={ir} type="button" class="button is-small" aria-pressed={device.ir === ir} disabled={busy} onClick={() => set({ ir })}>{t(`ir.${ir}`)}</button>)}
        </div>
      )}
      {device.focus && (
        <div class="row"><span>{t("devices.focus")}</span>
          {FOCUSES.map((focus) => <button key={focus} type="button" class="button is-small" aria-pressed={device.focus === focus} disabled={busy} onClick={() => set({ focus })}>{t(`focus.${focus}`)}</button>)}
          {device.focus_moves && device.focus === "manual" && (
            <>
              <button type="button" class="button is-small" disabled={busy} onClick={() => act(() => api.driveFocus(camera.camera_id, -0.5), "")}>{t("devices.nearer")}</button>
              <button type="button" class="button is-small" disabled={busy} onClick={() => act(() => api.driveFocus(camera.camera_id, 0.5), "")}>{t("devices.farther")}</button>
            </>
          )}
        </div>
      )}
    </>
  );
}

function Relays({ camera, device, act, busy }: PartProps) {
  if (device.relays.length === 0) return null;
  const state = (on: boolean | null): string => t(on === null ? "devices.relay.state.unknown" : on ? "devices.relay.state.on" : "devices.relay.state.off");
  return (
    <>
      <h3>{t("devices.relays")}</h3>
      {device.relays.map((relay) => (
        <div key={relay.token} class="row">
          <strong>{relay.token}</strong><span class="hint">{state(relay.on)}{relay.pulse ? ` · ${t("devices.relay.pulse")}` : ""}</span>
          <button type="button" class="button is-small" disabled={busy} onClick={() => act(() => api.switchRelay(camera.camera_id, relay.token, true), "")}>{t("devices.relay.on")}</button>
          <button type="button" class="button is-small" disabled={busy} onClick={() => act(() => api.switchRelay(camera.camera_id, relay.token, false), "")}>{t("devices.relay.off")}</button>
        </div>
      ))}
    </>
  );
}

function Reboot({ camera, act, busy }: Omit<PartProps, "device">) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const close = (): void => { setAsking(false); setTyped(""); };
  const submit = (event: Event): void => {
    event.preventDefault();
    act(() => api.rebootCamera(camera.camera_id, typed), t("devices.reboot.done", { number: camera.number }));
    close();
  };
  return (
    <>
      <button type="button" class="button" disabled={busy} onClick={() => setAsking(true)}>{t("devices.reboot")}</button>
      {asking && (
        <Dialog title={t("devices.reboot.title", { number: camera.number })} onClose={close}>
          <form class="form" onSubmit={submit}>
            <label class="field">{t("devices.reboot.words", { id: camera.camera_id })}<input required autofocus spellcheck={false} autocapitalize="none" value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></label>
            <div class="row">
              <button type="submit" class="button is-primary" disabled={typed !== camera.camera_id}>{t("devices.reboot")}</button>
              <button type="button" class="button" onClick={close}>{t("cancel")}</button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}

function One({ camera }: { camera: Camera }) {
  const [device, setDevice] = useState<Device | null>(null);
  const [failed, setFailed] = useState(false);
  const { busy, run } = useAction();
  const load = (): void => {
    setFailed(false);
    api.device(camera.camera_id).then(setDevice, (error: unknown) => { setFailed(true); sayError(error); });
  };
  useEffect(load, [camera.camera_id]);
  const act: Act = (what, done) => {
    void run(async () => {
      setDevice(await what());
      if (done) say(done);
    });
  };
  return (
    <div class="device">
      <h3><CameraNumber number={camera.number} /> {camera.name}</h3>
      {!device ? (failed ? <button type="button" class="button" onClick={load}>{t("retry")}</button> : <p class="empty">{t("loading")}</p>) : (
        <div class="device-parts">
          <section class="facts"><h3>{t("devices.identity")}</h3><Identity device={device} />
            {session.value?.user.role === "admin" && <Reboot camera={camera} act={act} busy={busy} />}</section>
          <section class="device-part"><h3>{t("devices.picture")}</h3><Picture camera={camera} device={device} act={act} busy={busy} /></section>
          <section class="device-part"><Relays camera={camera} device={device} act={act} busy={busy} /></section>
        </div>
      )}
    </div>
  );
}

export function Devices() {
  const known = camerasByNumber.value.filter((c) => c.device);
  const [chosen, setChosen] = useState<string | null>(null);
  const camera = known.find((c) => c.camera_id === chosen);
  return (
    <section class="panel devices" aria-label={t("devices.title")}>
      <h2 class="panel-title">{t("devices.title")}<span class="badge num">{known.length}</span></h2>
      {known.length === 0 ? <p class="empty">{t("devices.none")}</p> : (
        <div class="devices-body">
          <ul class="device-list">
            {known.map((c) => (
              <li key={c.camera_id}><button type="button" class={c.camera_id === chosen ? "camera-row is-on" : "camera-row"} aria-pressed={c.camera_id === chosen} onClick={() => setChosen(c.camera_id)}>
                <CameraNumber number={c.number} /><span>{c.name}</span></button></li>
            ))}
          </ul>
          {camera ? <One key={camera.camera_id} camera={camera} /> : <p class="empty">{t("devices.choose")}</p>}
        </div>
      )}
    </section>
  );
}
