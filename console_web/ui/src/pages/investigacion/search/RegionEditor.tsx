/** The picture with its cells: what is marked is searched. By mouse (drag; with Shift it wipes) and by keyboard. */
import { useEffect, useRef, useState } from "preact/hooks";
import { stillUrl } from "../../../api/endpoints";
import { serverNowMs } from "../../../api/client";
import { t } from "../../../locale";
import { cellAt, COLUMNS, moved, painted, type Region, ROWS } from "../../../state/region";

/** What is recorded now can be looked at a little later. */
const SETTLED_MS = 20_000;

interface Props {
  cameraId: string | null;
  region: Region;
  onChange: (region: Region) => void;
}

export function RegionEditor({ cameraId, region, onChange }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number; add: boolean } | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [missing, setMissing] = useState(false);
  const [at] = useState(() => serverNowMs() - SETTLED_MS);
  useEffect(() => setMissing(false), [cameraId]);
  const cellOf = (event: PointerEvent): number => {
    const box = svg.current?.getBoundingClientRect();
    return box ? cellAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height) : 0;
  };
  const onKey = (event: KeyboardEvent): void => {
    const from = cursor ?? 0;
    if (event.key.startsWith("Arrow")) {
      const next = moved(from, event.key);
      if (event.shiftKey) onChange(painted(region, from, next, true));
      setCursor(next);
    } else if (event.key === " ") onChange(painted(region, from, from, !region.has(from)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = drag ? painted(region, drag.from, drag.to, drag.add) : region;
  return (
    <div class="region">
      {cameraId && !missing && <img src={stillUrl(cameraId, at)} alt="" onError={() => setMissing(true)} />}
      <svg ref={svg} class="region-cells" viewBox={`0 0 ${COLUMNS} ${ROWS}`} preserveAspectRatio="none" tabindex={0} role="application" aria-label={t("search.region.label", { count: region.size })}
        onKeyDown={onKey} onFocus={() => setCursor((known) => known ?? 9 * COLUMNS + 16)} onBlur={() => setCursor(null)}
        onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); const cell = cellOf(e); setDrag({ from: cell, to: cell, add: !e.shiftKey && e.button !== 2 }); }}
        onPointerMove={(e) => { if (drag) setDrag({ ...drag, to: cellOf(e) }); }}
        onPointerUp={() => { if (drag) onChange(shown); setDrag(null); }} onContextMenu={(e) => e.preventDefault()}>
        {Array.from({ length: COLUMNS - 1 }, (_, i) => <line key={`c${i}`} x1={i + 1} x2={i + 1} y1="0" y2={ROWS} />)}
        {Array.from({ length: ROWS - 1 }, (_, i) => <line key={`r${i}`} y1={i + 1} y2={i + 1} x1="0" x2={COLUMNS} />)}
        {[...shown].map((cell) => <rect key={cell} x={cell % COLUMNS} y={Math.floor(cell / COLUMNS)} width="1" height="1" />)}
        {cursor !== null && <rect class="region-cursor" x={cursor % COLUMNS} y={Math.floor(cursor / COLUMNS)} width="1" height="1" />}
      </svg>
    </div>
  );
}
