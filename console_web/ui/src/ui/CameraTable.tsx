/** All cameras and their streams: state with cause, since when, what arrives, whether it is recorded. */
import { useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Camera, Stream } from "../api/types";
import { t, tOr } from "../locale";
import { camerasByNumber, nowMs, session } from "../state/store";
import { elapsed } from "../time";
import { pictureFault } from "./fault";
import { IconDone, IconWarn } from "./icons";
import { CameraNumber, StreamMark } from "./marks";
import { say, useAction } from "./notices";

function Flow({ stream }: { stream: Stream | null }) {
  if (!stream) return <td class="num">—</td>;
  return <td class="num">{stream.state === "online" ? `${stream.width_px ? `${stream.width_px}×${stream.height_px} · ` : ""}${stream.fps.toFixed(1)} fps · ${Math.round(stream.kbps)} kb/s` : "—"}</td>;
}

/** What is wrong with pictures that do arrive; the figures behind it on hover. */
function Faults({ streams }: { streams: Camera["streams"] }) {
  const faults = [...streams.main.faults, ...(streams.sub?.faults ?? [])];
  return <>{faults.map((f) => <span key={`${f.aspect}${f.condition}`} class="mark stream-offline" title={f.detail}><IconWarn />{pictureFault(f.condition)} · {elapsed(nowMs.value - f.since_wall_ms)}</span>)}</>;
}

/** A camera that was turned on purpose is told as turned until somebody says so. A frozen picture is none to learn. */
function AcceptView({ camera }: { camera: Camera }) {
  const { busy, run } = useAction();
  const { main, sub } = camera.streams;
  const changed = [...main.faults, ...(sub?.faults ?? [])].some((f) => f.aspect === "picture" && f.condition !== "frozen");
  if (!changed || session.value?.user.role !== "admin") return null;
  const accept = (): void => {
    void run(async () => {
      await api.acceptView(camera.camera_id);
      say(t("cameras.view.accepted", { number: camera.number }));
    });
  };
  return <button type="button" class="button is-small" disabled={busy} title={t("cameras.view.accept.hint")} onClick={accept}>{t("cameras.view.accept")}</button>;
}

function isIll(camera: Camera): boolean {
  const { main, sub } = camera.streams;
  return main.state !== "online" || sub?.state === "offline" || main.faults.length > 0 || (sub?.faults.length ?? 0) > 0;
}

function Row({ camera }: { camera: Camera }) {
  const { main, sub } = camera.streams;
  return (
    <tr class={main.state === "online" ? "" : "is-bad"}>
      <td><CameraNumber number={camera.number} /></td>
      <td>{camera.name}{!main.encrypted && <small>{t("cameras.plain")}</small>}</td>
      <td><StreamMark state={main.state} />{main.state === "offline" && <small>{main.quarantined && <strong>{t("cameras.quarantined")} </strong>}{[main.cause && tOr("cause", main.cause), main.detail].filter(Boolean).join(": ")}</small>}<Faults streams={camera.streams} /><AcceptView camera={camera} /></td>
      <td class="num">{main.since_wall_ms > 0 ? elapsed(nowMs.value - main.since_wall_ms) : "—"}</td>
      <td>{main.recorded && main.state === "online" ? <span class="mark stream-online"><IconDone />{t("cameras.recorded")}</span> : <span class="mark stream-offline"><IconWarn />{t("cameras.unrecorded")}</span>}</td>
      <Flow stream={main} />
      <td>{sub ? <StreamMark state={sub.state} /> : "—"}</td>
      <Flow stream={sub} />
    </tr>
  );
}

export function CameraTable() {
  const [onlyBad, setOnlyBad] = useState(false);
  const all = camerasByNumber.value;
  const shown = onlyBad ? all.filter(isIll) : all;
  return (
    <section class="panel table-panel" aria-label={t("cameras.title")}>
      <h2 class="panel-title">{t("cameras.title")}<span class="badge num">{all.length}</span>
        <label class="check"><input type="checkbox" checked={onlyBad} onChange={() => setOnlyBad(!onlyBad)} />{t("cameras.only.bad")}</label>
      </h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("table.camera")}</th><th>{t("form.place")}</th><th>{t("table.state")}</th><th>{t("table.since")}</th><th>{t("cameras.recording")}</th>
            <th>{t("cameras.main")}</th><th>{t("cameras.sub.state")}</th><th>{t("cameras.sub")}</th></tr></thead>
          <tbody>{shown.map((c) => <Row key={c.camera_id} camera={c} />)}</tbody>
        </table>
        {shown.length === 0 && <p class="empty">{t(onlyBad ? "cameras.all.good" : "loading")}</p>}
      </div>
    </section>
  );
}
