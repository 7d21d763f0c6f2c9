/** Which cells of the picture move now, and how strongly against the chosen zone's threshold: asked for each second while it is switched on. */
import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../../../api/endpoints";
import type { Zone } from "../../../api/types";
import { t } from "../../../locale";
import { cellsInside, type Seen, seenBy } from "../../../state/liveCells";
import { bytesOf, COLUMNS, type Region, ROWS } from "../../../state/region";
import type { Polygon } from "../../../state/zones";
import { sayError } from "../../../ui/notices";

const EVERY_MS = 1000;
const NO_CELLS: Region = new Set();

/** Each cell's evidence, 0 to 100; nothing where nothing moves, null while it is not known. */
export function useLiveCells(cameraId: string, on: boolean): number[] | null {
  const [evidence, setEvidence] = useState<number[] | null>(null);
  useEffect(() => {
    setEvidence(null);
    if (!on || !cameraId) return;
    let wanted = true;
    const ask = (): void => {
      api.liveCells(cameraId).then((found) => { if (wanted) setEvidence(bytesOf(found.evidence)); }, sayError);
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [cameraId, on]);
  return evidence;
}

/** What the zone makes of them; null where there is no zone, or nothing is known. */
export function useSeen(evidence: readonly number[] | null, zone: Zone | undefined, masks: readonly Polygon[]): Seen | null {
  const inside = useMemo(() => (zone ? cellsInside(zone.polygon) : NO_CELLS), [zone?.polygon]);
  const masked = useMemo(() => new Set(masks.flatMap((mask) => [...cellsInside(mask)])), [masks]);
  return zone && evidence ? seenBy(zone, inside, masked, evidence) : null;
}

export function LiveCells({ evidence, seen }: { evidence: readonly number[]; seen: Seen | null }) {
  const kind = (cell: number): string => (seen?.moving.has(cell) ? "is-moving" : seen?.inside.has(cell) ? "is-faint" : "is-outside");
  return (
    <svg class="live-cells" viewBox={`0 0 ${COLUMNS} ${ROWS}`} preserveAspectRatio="none" aria-hidden="true">
      {evidence.map((value, cell) => value > 0 && (
        <rect key={cell} class={`live-cell ${kind(cell)}`} x={cell % COLUMNS} y={Math.floor(cell / COLUMNS)} width="1" height="1"
          opacity={0.25 + 0.5 * Math.min(1, value / (2 * (seen?.threshold ?? value)))} />
      ))}
    </svg>
  );
}

/** The same in words. */
export function LiveCellsNote({ evidence, seen }: { evidence: readonly number[] | null; seen: Seen | null }) {
  if (!evidence) return <p class="live-cells-note">{t("loading")}</p>;
  if (!seen) return <p class="live-cells-note">{t("zones.cells.choose")}</p>;
  const { together, needed, strongest, threshold } = seen;
  return (
    <p class={together >= needed ? "live-cells-note is-enough" : "live-cells-note"}>
      <strong class="num">{t("zones.cells.moving", { together, needed })}</strong> <span class="num">{t("zones.cells.strongest", { strongest, threshold })}</span>
    </p>
  );
}
