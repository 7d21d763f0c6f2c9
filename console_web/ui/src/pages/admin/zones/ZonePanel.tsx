/** Zones and masks of a camera, drawn over its picture, compared with what is in force, tried on what has been, and put in force. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { CameraZones, ConfigPreview } from "../../../api/types";
import { t, tOr } from "../../../locale";
import { camerasByNumber } from "../../../state/store";
import { aspectOf, type Chosen, differences, type Draft, freshName, freshZone, isFaulty, type Polygon, without, withZone } from "../../../state/zones";
import { say, useAction } from "../../../ui/notices";
import { LiveVideo } from "../../../video/LiveVideo";
import { LiveCells, LiveCellsNote, useLiveCells, useSeen } from "./LiveCells";
import { TunePanel } from "./TunePanel";
import { ZoneCanvas } from "./ZoneCanvas";
import { ZoneFields } from "./ZoneFields";

const MOST_UNDONE = 100;
const NO_MASKS: readonly Polygon[] = [];

/** What would change, in words; the cameras that it concerns as the server has found them. */
function Changes({ base, draft, preview }: { base: CameraZones; draft: Draft; preview: ConfigPreview }) {
  const found = differences(base, draft);
  if (preview.diff.changed.length === 0) return <p class="notice-text">{t("config.same")}</p>;
  return (
    <ul class="zone-changes" aria-label={t("config.would_change")}>
      {preview.diff.changed.map((c) => <li key={c.camera_id}>~ {c.camera_id} · {c.name} ({t(c.reconnects.length ? "config.reconnects" : "config.keeps")})</li>)}
      {found.map((each) => (
        <li key={`${each.sign}${each.kind}${each.name}`}>
          {each.sign} {each.kind === "mask" ? t("zones.mask", { number: each.name }) : each.name}{each.fields.length > 0 && `: ${each.fields.map((name) => tOr("zones.field", name)).join(", ")}`}
        </li>
      ))}
    </ul>
  );
}

export function ZonePanel() {
  const cameras = camerasByNumber.value;
  const [picked, setPicked] = useState("");
  const cameraId = picked || cameras[0]?.camera_id || "";
  const [base, setBase] = useState<CameraZones | null>(null);
  const [past, setPast] = useState<readonly Draft[]>([]);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [drawing, setDrawing] = useState<Chosen["kind"] | null>(null);
  const [showsCells, setShowsCells] = useState(false);
  const [preview, setPreview] = useState<ConfigPreview | null>(null);
  const { busy, run } = useAction();
  const zone = chosen?.kind === "zone" ? draft?.zones[chosen.index] : undefined;
  const aspect = aspectOf(cameras.find((c) => c.camera_id === cameraId)?.streams);
  const evidence = useLiveCells(cameraId, showsCells);
  const seen = useSeen(evidence, zone, draft?.masks ?? NO_MASKS);

  const load = async (): Promise<void> => {
    const found = await api.cameraZones(cameraId);
    setBase(found);
    setDraft({ zones: found.zones, masks: found.masks });
    setPast([]);
    setPreview(null);
    setDrawing(null);
    setChosen(found.zones.length ? { kind: "zone", index: 0 } : null);
  };
  useEffect(() => { if (cameraId) void run(load); }, [cameraId]);
  if (!base || !draft) return <section class="panel table-panel" aria-label={t("admin.zones")} aria-busy="true" />;

  const change = (next: Draft): void => {
    setPast([...past, draft].slice(-MOST_UNDONE));
    setDraft(next);
    setPreview(null);
  };
  const undo = (): void => {
    const last = past.at(-1);
    if (!last) return;
    setDraft(last);
    setPast(past.slice(0, -1));
    setPreview(null);
  };
  const drawn = (polygon: Polygon | null): void => {
    const kind = drawing;
    setDrawing(null);
    if (!polygon || !kind) return;
    if (kind === "mask") change({ ...draft, masks: [...draft.masks, polygon] });
    else change({ ...draft, zones: [...draft.zones, freshZone(freshName(draft.zones, t("zones.word")), polygon)] });
    setChosen({ kind, index: kind === "mask" ? draft.masks.length : draft.zones.length });
  };
  const apply = (): void => {
    void run(async () => {
      const done = await api.applyZones(cameraId, draft, base.version);
      await load();
      say(t("zones.applied", { version: done.version.version }));
    });
  };
  const dirty = past.length > 0;
  const faulty = isFaulty(draft);
  const item = (each: Chosen, name: string) => (
    <li key={`${each.kind}${each.index}`}>
      <button type="button" class={`button is-small zone-item is-${each.kind}`} aria-pressed={chosen?.kind === each.kind && chosen.index === each.index} onClick={() => setChosen(each)}>{name || "—"}</button>
    </li>
  );
  return (
    <section class="panel table-panel" aria-label={t("admin.zones")}>
      <h2 class="panel-title">{t("admin.zones")}
        <select aria-label={t("table.camera")} value={cameraId} disabled={dirty || busy} title={dirty ? t("zones.finish") : ""} onChange={(e) => setPicked(e.currentTarget.value)}>
          {cameras.map((c) => <option key={c.camera_id} value={c.camera_id}>{`${c.number} · ${c.name}`}</option>)}
        </select>
        <small class="num">{t("zones.version", { version: base.version })}</small>
        <button type="button" class="button is-small" aria-pressed={showsCells} onClick={() => setShowsCells(!showsCells)}>{t("zones.cells")}</button>
      </h2>
      <div class="zones">
        <div class="zones-left">
          <div class="row zone-tools">
            <button type="button" class="button is-small" aria-pressed={drawing === "zone"} disabled={draft.zones.length >= 16} onClick={() => setDrawing(drawing === "zone" ? null : "zone")}>{t("zones.draw")}</button>
            <button type="button" class="button is-small" aria-pressed={drawing === "mask"} disabled={draft.masks.length >= 32} onClick={() => setDrawing(drawing === "mask" ? null : "mask")}>{t("zones.draw.mask")}</button>
            <button type="button" class="button is-small" disabled={!chosen} onClick={() => { if (chosen) { change(without(draft, chosen)); setChosen(null); } }}>{t("zones.delete")}</button>
            <button type="button" class="button is-small" disabled={!dirty} onClick={undo}>{t("zones.undo")}</button>
            <small role="status">{t(drawing ? "zones.hint.draw" : "zones.hint")}</small>
          </div>
          <div class="zone-frame" style={{ aspectRatio: String(aspect), "--aspect": String(aspect) }}>
            {/* Live, never a still: who draws zones may not look at what was recorded. */}
            <LiveVideo cameraId={cameraId} upgrade />
            {evidence && <LiveCells evidence={evidence} seen={seen} />}
            <ZoneCanvas key={`${cameraId}${drawing ?? ""}`} aspect={aspect} draft={draft} chosen={chosen} drawing={drawing !== null} onDrawn={drawn} onChoose={setChosen} onChange={change} />
          </div>
          {showsCells && <LiveCellsNote evidence={evidence} seen={seen} />}
          {base.can_tune && <TunePanel cameraId={cameraId} draft={draft} />}
        </div>
        <div class="zones-right">
          <ul class="zone-list">
            {draft.zones.map((each, index) => item({ kind: "zone", index }, each.name))}
            {draft.masks.map((_, index) => item({ kind: "mask", index }, t("zones.mask", { number: index + 1 })))}
          </ul>
          {zone && chosen && <ZoneFields key={chosen.index} zone={zone} schedules={base.schedules} onChange={(next) => change(withZone(draft, chosen.index, next))} />}
          {chosen?.kind === "mask" && <p>{t("zones.mask.hint")}</p>}
          {draft.zones.length === 0 && <p class="notice-text">{t("zones.none")}</p>}
          <div class="zone-decide">
            {faulty && <p class="field-error" role="alert">{t("zones.faulty")}</p>}
            {preview && (preview.faults.length > 0
              ? <p class="field-error" role="alert">{preview.faults[0]?.message} {preview.faults[0]?.remedy}</p>
              : <Changes base={base} draft={draft} preview={preview} />)}
            <p class="row">
              <button type="button" class="button" disabled={!dirty || busy || faulty} onClick={() => void run(async () => setPreview(await api.previewZones(cameraId, draft)))}>{t("zones.compare")}</button>
              <button type="button" class="button is-primary" disabled={!preview || preview.faults.length > 0 || busy} onClick={apply}>{t("zones.apply")}</button>
              <button type="button" class="button is-quiet" disabled={!dirty || busy} onClick={() => void run(load)}>{t("zones.discard")}</button>
            </p>
          </div>
        </div>
      </div>
    </section>
  );
}
