/** What moves now, as a zone that is being drawn would see it: the server's own rules (`analytics/zones.py`, `motion.py`) over its cells. Pure. */
import type { Zone } from "../api/types";
import { CELLS, COLUMNS, type Region, ROWS } from "./region";
import type { Polygon } from "./zones";

/** Evidence from which a cell moves at a sensitivity of 0.5. */
const MOVES = 23;
/** Points per cell and axis by which its share of a polygon is known. */
const SAMPLES = 8;

export interface Seen {
  inside: Region;
  /** Cells that move for the zone: surely, or a little beside one that does. */
  moving: Region;
  /** How many of them hang together, corners included, at the most. */
  together: number;
  threshold: number;
  /** How many must move together. */
  needed: number;
  /** The highest evidence inside, 0 to 100. */
  strongest: number;
}

export function thresholdOf(sensitivity: number): number {
  return Math.min(99, Math.max(1, Math.round(MOVES * 2 ** (1 - 2 * sensitivity))));
}

function contains(polygon: Polygon, x: number, y: number): boolean {
  let found = false;
  polygon.forEach(([x1, y1], i) => {
    const [x2, y2] = polygon[(i + 1) % polygon.length] ?? [x1, y1];
    if ((y1 > y) !== (y2 > y) && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) found = !found;
  });
  return found;
}

/** Cells of which at least half lies inside; where there is none such, those of which any part does. */
export function cellsInside(polygon: Polygon): Region {
  const points = Array.from({ length: CELLS }, (_, cell) => {
    let inside = 0;
    for (let at = 0; at < SAMPLES * SAMPLES; at += 1) {
      const x = ((cell % COLUMNS) + ((at % SAMPLES) + 0.5) / SAMPLES) / COLUMNS;
      const y = (Math.floor(cell / COLUMNS) + (Math.floor(at / SAMPLES) + 0.5) / SAMPLES) / ROWS;
      if (contains(polygon, x, y)) inside += 1;
    }
    return inside;
  });
  const least = points.some((count) => 2 * count >= SAMPLES * SAMPLES) ? (SAMPLES * SAMPLES) / 2 : 1;
  return new Set(points.flatMap((count, cell) => (count >= least ? [cell] : [])));
}

function besides(cell: number): number[] {
  const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
  const around: number[] = [];
  for (let y = Math.max(0, row - 1); y <= Math.min(ROWS - 1, row + 1); y += 1) {
    for (let x = Math.max(0, column - 1); x <= Math.min(COLUMNS - 1, column + 1); x += 1) around.push(y * COLUMNS + x);
  }
  return around;
}

function largestPart(cells: Region): number {
  const left = new Set(cells);
  let largest = 0;
  for (const first of cells) {
    if (!left.delete(first)) continue;
    const part = [first];
    for (const cell of part) for (const each of besides(cell)) if (left.delete(each)) part.push(each);
    largest = Math.max(largest, part.length);
  }
  return largest;
}

/** What a zone makes of each cell's evidence (0 to 100). `masked`: cells that nobody looks at. */
export function seenBy(zone: Pick<Zone, "sensitivity" | "min_area">, inside: Region, masked: Region, evidence: readonly number[]): Seen {
  const threshold = thresholdOf(zone.sensitivity ?? 0.5);
  const possible = Math.max(1, Math.floor(threshold / 2));
  const at = (cell: number): number => (inside.has(cell) && !masked.has(cell) ? (evidence[cell] ?? 0) : 0);
  const moving = new Set<number>();
  for (const cell of inside) {
    if (at(cell) >= threshold) for (const each of besides(cell)) if (at(each) >= possible) moving.add(each);
  }
  const needed = Math.max(1, Math.min(inside.size, Math.round((zone.min_area ?? 0.003) * CELLS)));
  return { inside, moving, together: largestPart(moving), threshold, needed, strongest: Math.max(0, ...[...inside].map(at)) };
}
