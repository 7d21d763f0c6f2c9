/** The operator's live tiles. Pure. */

export type Layout = 1 | 4 | 9;

export interface Tiles {
  layout: Layout;
  cameras: (string | null)[];
  /** Where the next camera goes. */
  active: number;
  /** The camera that was called up or touched last: what "I saw it" by key is about, never the tile that merely comes next. */
  last?: string | null;
}

/** Shows a camera: where it already is, else in the active tile; then the next tile is the active one. */
export function placeCamera(tiles: Tiles, cameraId: string): Tiles {
  const shown = tiles.cameras.slice(0, tiles.layout).indexOf(cameraId);
  if (shown >= 0) return { ...tiles, active: shown, last: cameraId };
  const at = Math.min(tiles.active, tiles.layout - 1);
  const cameras = Array.from({ length: 9 }, (_, i) => (i === at ? cameraId : (tiles.cameras[i] ?? null)));
  return { ...tiles, cameras, active: (at + 1) % tiles.layout, last: cameraId };
}
