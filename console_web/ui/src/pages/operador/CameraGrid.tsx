/** Live tiles of cameras the operator picks by number; only those on screen are connected. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Camera } from "../../api/types";
import { t } from "../../locale";
import { findCameras } from "../../state/search";
import { placeCamera, type Layout, type Tiles } from "../../state/tiles";
import { camerasByNumber, feed, mine } from "../../state/store";
import { ErrorBoundary } from "../../ui/ErrorBoundary";
import { IconClose, IconEye, IconMove } from "../../ui/icons";
import { CameraNumber, Kbd, StreamMark } from "../../ui/marks";
import { LiveVideo } from "../../video/LiveVideo";
import { moveCamera } from "./ptz/PtzPanel";
import { sawIt } from "./sawIt";

const STORAGE_KEY = "tiles";
const LAYOUTS: readonly Layout[] = [1, 4, 9];

function stored(): Tiles {
  try {
    const value = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "") as Partial<Tiles>;
    if (LAYOUTS.includes(value.layout as Layout) && Array.isArray(value.cameras)) {
      return { layout: value.layout as Layout, cameras: value.cameras.map((c) => (typeof c === "string" ? c : null)).slice(0, 9), active: 0 };
    }
  } catch {
    // Nothing stored, or by another version: start empty.
  }
  return { layout: 4, cameras: [], active: 0 };
}

export const tiles = signal<Tiles>(stored());

export function setTiles(next: Tiles): void {
  tiles.value = next;
  localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
}

export function showCamera(cameraId: string): void {
  setTiles(placeCamera(tiles.value, cameraId));
}

/** As many of my cameras as fit, the next ones at each press. */
let minePage = 0;
function showMine(): void {
  const own = camerasByNumber.value.filter((c) => mine.value.has(c.camera_id)).map((c) => c.camera_id);
  const { layout } = tiles.value;
  const pages = Math.max(1, Math.ceil(own.length / layout));
  setTiles({ ...tiles.value, active: 0, cameras: own.slice((minePage % pages) * layout, ((minePage % pages) + 1) * layout) });
  minePage += 1;
}

function Tile({ index, camera }: { index: number; camera: Camera | null }) {
  const { active, layout, last } = tiles.value;
  const activate = (): void => setTiles({ ...tiles.value, active: index, last: camera?.camera_id ?? tiles.value.last ?? null });
  return (
    <div class={index === active ? "tile is-active" : "tile"} onClick={activate}>
      {camera ? (
        <>
          <ErrorBoundary panel={camera.name}><LiveVideo cameraId={camera.camera_id} upgrade={layout === 1} /></ErrorBoundary>
          <div class="tile-bar">
            <CameraNumber number={camera.number} />
            <span class="tile-name">{camera.name}</span>
            {camera.ptz && <button type="button" class="button is-small" onClick={() => moveCamera(camera.camera_id)}><IconMove />{t("ptz.open")}{last === camera.camera_id && <Kbd>G</Kbd>}</button>}
            <button type="button" class="button is-small" onClick={() => sawIt(camera.camera_id)}><IconEye />{t("saw.button")}{last === camera.camera_id && <Kbd>V</Kbd>}</button>
            <button type="button" class="icon-button" aria-label={t("grid.remove", { number: camera.number })}
              onClick={(e) => { e.stopPropagation(); setTiles({ ...tiles.value, active: index, last: null, cameras: tiles.value.cameras.map((c, i) => (i === index ? null : c)) }); }}>
              <IconClose />
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="tile-empty" onClick={activate}>{t("grid.empty")}<span><Kbd>0–9</Kbd> <Kbd>Enter</Kbd></span></button>
      )}
    </div>
  );
}

function CameraList() {
  const [query, setQuery] = useState("");
  const own = mine.value;
  // Mine first: they are what I answer for in this shift.
  const found = [...findCameras(camerasByNumber.value, query)].sort((a, b) => Number(own.has(b.camera_id)) - Number(own.has(a.camera_id)));
  const shown = new Set(tiles.value.cameras);
  return (
    <div class="camera-list">
      <input type="search" value={query} placeholder={t("grid.search")} aria-label={t("grid.search")} onInput={(e) => setQuery(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === "Enter" && found[0]) { showCamera(found[0].camera_id); setQuery(""); } }} />
      <ul>
        {found.map((camera) => (
          <li key={camera.camera_id}>
            <button type="button" aria-pressed={shown.has(camera.camera_id)} class={shown.has(camera.camera_id) ? "camera-row is-on" : "camera-row"} onClick={() => showCamera(camera.camera_id)}>
              <CameraNumber number={camera.number} /><span>{camera.name}</span>{own.has(camera.camera_id) && <span class="mark own-mark">{t("share.mine")}</span>}
              {camera.streams.main.state !== "online" && <StreamMark state={camera.streams.main.state} />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function CameraGrid() {
  const { layout, cameras } = tiles.value;
  return (
    <section class="panel grid-panel" aria-label={t("grid.title")}>
      <header class="row grid-head">
        <span>{t("grid.layout")}</span>
        {LAYOUTS.map((n) => (
          <button key={n} type="button" class="button is-small" aria-pressed={n === layout} onClick={() => setTiles({ ...tiles.value, layout: n, active: 0 })}>{n}</button>
        ))}
        {mine.value.size > 0 && <button type="button" class="button is-small" onClick={showMine}>{t("share.show", { count: mine.value.size })}</button>}
        <span class="hint">{t("grid.hint")}</span>
      </header>
      <div class="grid-body">
        <div class={`tiles is-${layout}`}>
          {Array.from({ length: layout }, (_, i) => {
            const id = cameras[i];
            return <Tile key={i} index={i} camera={(id && feed.value.cameras.get(id)) || null} />;
          })}
        </div>
        <CameraList />
      </div>
    </section>
  );
}
