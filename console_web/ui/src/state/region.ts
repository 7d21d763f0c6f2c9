/** Which of the 18x32 cells over a picture a search is about. Pure; cells are numbers row by row. */

export const ROWS = 18;
export const COLUMNS = 32;
export const CELLS = ROWS * COLUMNS;

export type Region = ReadonlySet<number>;

export const WHOLE: Region = new Set(Array.from({ length: CELLS }, (_, cell) => cell));
export const NOTHING: Region = new Set();

/** As the server takes it: a bit each, row by row, the first in the highest bit, hexadecimal. */
export function hexOf(region: Region): string {
  let text = "";
  for (let at = 0; at < CELLS; at += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit += 1) digit = digit * 2 + (region.has(at + bit) ? 1 : 0);
    text += digit.toString(16);
  }
  return text;
}

/** The cells of such a text; what is no digit counts as none. */
export function regionOf(hex: string): Region {
  const found = new Set<number>();
  [...hex].forEach((digit, at) => {
    const value = Number.parseInt(digit, 16) || 0;
    for (let bit = 0; bit < 4; bit += 1) if (value & (8 >> bit)) found.add(at * 4 + bit);
  });
  return found;
}

/** A number for each cell, 0 to 255, of two digits each. */
export function bytesOf(hex: string): number[] {
  return Array.from({ length: Math.floor(hex.length / 2) }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** All cells of the rectangle between two of them, added or taken away. */
export function painted(region: Region, from: number, to: number, add: boolean): Region {
  const result = new Set(region);
  const [top, bottom] = order(Math.floor(from / COLUMNS), Math.floor(to / COLUMNS));
  const [left, right] = order(from % COLUMNS, to % COLUMNS);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      if (add) result.add(row * COLUMNS + column);
      else result.delete(row * COLUMNS + column);
    }
  }
  return result;
}

/** The cell at a place of the picture, both 0 to 1; the nearest where it lies outside. */
export function cellAt(x: number, y: number): number {
  const clamp = (value: number, most: number): number => Math.min(most - 1, Math.max(0, Math.floor(value * most)));
  return clamp(y, ROWS) * COLUMNS + clamp(x, COLUMNS);
}

/** One step in a direction, within the picture. */
export function moved(cell: number, key: string): number {
  const row = Math.floor(cell / COLUMNS);
  const column = cell % COLUMNS;
  switch (key) {
    case "ArrowUp": return Math.max(0, row - 1) * COLUMNS + column;
    case "ArrowDown": return Math.min(ROWS - 1, row + 1) * COLUMNS + column;
    case "ArrowLeft": return row * COLUMNS + Math.max(0, column - 1);
    case "ArrowRight": return row * COLUMNS + Math.min(COLUMNS - 1, column + 1);
    default: return cell;
  }
}

function order(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** What a search that found nothing may say, by the share of the time that was looked at (%): of a time without a record it is not known whether something moved. */
export function nothingMoved(lookedShare: number): "search.unlooked" | "search.none.looked" | "search.none" {
  if (lookedShare <= 0) return "search.unlooked";
  return lookedShare < 99 ? "search.none.looked" : "search.none";
}
