/**
 * The camera's picture with its zones, masks, the chosen zone's line and least heights. By mouse: drag corners and whole shapes, a click on a small corner
 * between two makes one more. By keyboard: Tab to a corner or shape, arrows move it (Shift: finely), Insert adds a corner, Delete removes one.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../../locale";
import {
  type Chosen, crosses, type Draft, ends, FAR_FOOT, heightAt, limitsOf, middle, movedCorner, NEAR_FOOT, outline, type Point, type Polygon, shifted, square, towardsB, within,
  withCorner, withOutline, withoutCorner, withZone,
} from "../../../state/zones";

const HIGH = 1000;
const STEP = 0.01;
const FINE = 0.001;
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

interface Props {
  aspect: number;
  draft: Draft;
  chosen: Chosen | null;
  /** Corners are being clicked together into a new shape. */
  drawing: boolean;
  onDrawn: (polygon: Polygon | null) => void;
  onChoose: (chosen: Chosen) => void;
  onChange: (draft: Draft) => void;
}

/** A grip: follows the pointer, and moves by arrows. */
interface GripProps {
  at: Point;
  wide: number;
  label: string;
  small?: boolean;
  onMove: (to: Point, done: boolean) => void;
  onKey?: (key: string) => boolean;
  place: (event: PointerEvent) => Point;
}

function Grip({ at, wide, label, small = false, onMove, onKey, place }: GripProps) {
  const held = useRef(false);
  return (
    <circle class={small ? "zone-grip is-small" : "zone-grip"} cx={at[0] * wide} cy={at[1] * HIGH} r={small ? 9 : 14} tabindex={0} role="button" aria-label={label}
      onPointerDown={(e) => { e.stopPropagation(); held.current = true; e.currentTarget.setPointerCapture(e.pointerId); e.currentTarget.focus(); }}
      onPointerMove={(e) => { if (held.current) onMove(place(e), false); }}
      onPointerUp={(e) => { if (held.current) onMove(place(e), true); held.current = false; }}
      onKeyDown={(e) => {
        const way = ARROWS[e.key];
        const step = e.shiftKey ? FINE : STEP;
        if (way) onMove([within(at[0] + way[0] * step), within(at[1] + way[1] * step)], true);
        else if (!onKey?.(e.key)) return;
        e.preventDefault();
        e.stopPropagation();
      }} />
  );
}

function path(polygon: readonly Point[], wide: number): string {
  return polygon.map((p) => `${(p[0] * wide).toFixed(1)},${(p[1] * HIGH).toFixed(1)}`).join(" ");
}

export function ZoneCanvas({ aspect, draft, chosen, drawing, onDrawn, onChoose, onChange }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const wide = HIGH * aspect;
  const [live, setLive] = useState<Draft | null>(null);
  const [corners, setCorners] = useState<Polygon>([]);
  const [hover, setHover] = useState<Point | null>(null);
  const held = useRef<{ from: Point; polygon: Polygon; chosen: Chosen } | null>(null);
  const shown = live ?? draft;
  // Whoever begins to draw by keyboard goes on by keyboard.
  useEffect(() => { if (drawing) svg.current?.focus(); }, [drawing]);

  const place = (event: PointerEvent | MouseEvent): Point => {
    const box = svg.current?.getBoundingClientRect();
    return box ? [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)] : [0, 0];
  };
  const put = (next: Draft, done: boolean): void => {
    setLive(done ? null : next);
    if (done) onChange(next);
  };
  const close = (polygon: Polygon | null): void => {
    setCorners([]);
    setHover(null);
    onDrawn(polygon);
  };
  const addCorner = (at: Point): void => {
    const first = corners[0];
    if (first && corners.length > 2 && Math.hypot((at[0] - first[0]) * aspect, at[1] - first[1]) < 0.025) close(corners);
    else setCorners([...corners, at]);
  };
  const onKeyDrawing = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close(null);
    else if (event.key === "Enter") close(corners.length === 0 ? square() : corners.length > 2 ? corners : null);
    else if (event.key === "Backspace") setCorners(corners.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const shape = (each: Chosen, polygon: readonly Point[], name: string) => {
    const on = chosen?.kind === each.kind && chosen.index === each.index;
    return (
      <polygon key={`${each.kind}${each.index}`} class={`zone-shape is-${each.kind}${on ? " is-on" : ""}${crosses(polygon) ? " is-bad" : ""}`} points={path(polygon, wide)}
        tabindex={drawing ? -1 : 0} role="button" aria-label={name} aria-pressed={on}
        onFocus={() => onChoose(each)}
        onPointerDown={(e) => { if (drawing) return; onChoose(each); held.current = { from: place(e), polygon: [...polygon], chosen: each }; e.currentTarget.setPointerCapture(e.pointerId); }}
        onPointerMove={(e) => { const h = held.current; if (h) { const p = place(e); put(withOutline(draft, h.chosen, shifted(h.polygon, p[0] - h.from[0], p[1] - h.from[1])), false); } }}
        onPointerUp={(e) => {
          const h = held.current;
          held.current = null;
          if (!h) return;
          const p = place(e);
          if (p[0] !== h.from[0] || p[1] !== h.from[1]) put(withOutline(draft, h.chosen, shifted(h.polygon, p[0] - h.from[0], p[1] - h.from[1])), true);
        }}
        onKeyDown={(e) => {
          const way = ARROWS[e.key];
          if (!way) return;
          const step = e.shiftKey ? FINE : STEP;
          put(withOutline(draft, each, shifted(polygon, way[0] * step, way[1] * step)), true);
          e.preventDefault();
          e.stopPropagation();
        }} />
    );
  };

  const zone = chosen?.kind === "zone" ? shown.zones[chosen.index] : undefined;
  const polygon = chosen ? outline(shown, chosen) : [];
  const name = zone?.name ?? t("zones.mask", { number: (chosen?.index ?? 0) + 1 });
  return (
    <svg ref={svg} class={drawing ? "zone-canvas is-drawing" : "zone-canvas"} viewBox={`0 0 ${wide} ${HIGH}`} preserveAspectRatio="none"
      role="application" aria-label={t("zones.canvas")} tabindex={drawing ? 0 : -1}
      onClick={(e) => { if (drawing) addCorner(place(e)); }} onPointerMove={(e) => { if (drawing) setHover(place(e)); }} onKeyDown={(e) => { if (drawing) onKeyDrawing(e); }}>
      {shown.masks.map((mask, index) => shape({ kind: "mask", index }, mask, t("zones.mask", { number: index + 1 })))}
      {shown.zones.map((each, index) => shape({ kind: "zone", index }, each.polygon, each.name))}
      {shown.zones.map((each, index) => each.line && <DirectionLine key={index} points={each.line.points} direction={each.line.direction} wide={wide} aspect={aspect} />)}
      {!drawing && chosen && polygon.map((corner, index) => (
        <g key={index}>
          <Grip at={middle(corner, polygon[(index + 1) % polygon.length] ?? corner)} wide={wide} small label={t("zones.corner.add", { number: index + 1, name })} place={place}
            onMove={(to, done) => { const next = withCorner(outline(draft, chosen), index); put(withOutline(draft, chosen, movedCorner(next, index + 1, to)), done); }}
            onKey={(key) => { if (key !== "Enter" && key !== "Insert") return false; put(withOutline(draft, chosen, withCorner(polygon, index)), true); return true; }} />
          <Grip at={corner} wide={wide} label={t("zones.corner", { number: index + 1, name })} place={place}
            onMove={(to, done) => put(withOutline(draft, chosen, movedCorner(outline(draft, chosen), index, to)), done)}
            onKey={(key) => {
              if (key === "Delete" || key === "Backspace") put(withOutline(draft, chosen, withoutCorner(polygon, index)), true);
              else if (key === "Insert") put(withOutline(draft, chosen, withCorner(polygon, index)), true);
              else return false;
              return true;
            }} />
        </g>
      ))}
      {!drawing && chosen && zone?.line && zone.line.points.map((point, index) => (
        <Grip key={`l${index}`} at={point} wide={wide} label={t("zones.line.end", { number: index + 1, name })} place={place}
          onMove={(to, done) => {
            const line = draft.zones[chosen.index]?.line;
            if (!line) return;
            const points = line.points.map((each, i) => (i === index ? to : each)) as typeof line.points;
            put(withZone(draft, chosen.index, { line: { ...line, points } }), done);
          }} />
      ))}
      {!drawing && chosen && zone?.min_height && <Heights limits={zone.min_height} wide={wide} place={place} onChange={(min_height, done) => put(withZone(draft, chosen.index, { min_height }), done)} />}
      {drawing && corners.length > 0 && <polyline class="zone-drawn" points={path(hover ? [...corners, hover] : corners, wide)} />}
      {drawing && corners.map((corner, index) => <circle key={index} class="zone-grip" cx={corner[0] * wide} cy={corner[1] * HIGH} r={index ? 8 : 14} />)}
    </svg>
  );
}

function DirectionLine({ points, direction, wide, aspect }: { points: readonly Point[]; direction: string; wide: number; aspect: number }) {
  const [a, b] = ends(points);
  const [bx, by] = towardsB(points, aspect);
  const [x, y] = [((a[0] + b[0]) / 2) * wide, ((a[1] + b[1]) / 2) * HIGH];
  const arrow = (sign: number) => {
    const [tx, ty] = [x + sign * bx * 70, y + sign * by * 70];
    const [sx, sy] = [-by * 16, bx * 16];
    return <polygon class="zone-arrow" points={`${tx},${ty} ${tx - sign * bx * 26 + sx},${ty - sign * by * 26 + sy} ${tx - sign * bx * 26 - sx},${ty - sign * by * 26 - sy}`} />;
  };
  const [toB, toA] = [direction !== "b_to_a", direction !== "a_to_b"];
  return (
    <g class="zone-line" aria-hidden="true">
      <line x1={a[0] * wide} y1={a[1] * HIGH} x2={b[0] * wide} y2={b[1] * HIGH} />
      <line x1={x - (toA ? bx * 50 : 0)} y1={y - (toA ? by * 50 : 0)} x2={x + (toB ? bx * 50 : 0)} y2={y + (toB ? by * 50 : 0)} />
      {toB && arrow(1)}
      {toA && arrow(-1)}
      <text x={x + bx * 105} y={y + by * 105}>B</text>
      <text x={x - bx * 105} y={y - by * 105}>A</text>
    </g>
  );
}

interface HeightsProps {
  limits: { top: number; bottom: number };
  wide: number;
  place: (event: PointerEvent) => Point;
  onChange: (limits: { top: number; bottom: number }, done: boolean) => void;
}

/** Two boxes, far and near, as tall as the smallest person that counts there; their upper edges are dragged. */
function Heights({ limits, wide, place, onChange }: HeightsProps) {
  const [far, near] = [heightAt(limits, FAR_FOOT), heightAt(limits, NEAR_FOOT)];
  const box = (foot: number, height: number, x: number, label: string, set: (height: number) => { top: number; bottom: number }) => (
    <g>
      <rect class="zone-height" x={x * wide - (height * HIGH) / 5} y={(foot - height) * HIGH} width={(height * HIGH) / 2.5} height={height * HIGH} />
      <Grip at={[x, foot - height]} wide={wide} label={label} place={place} onMove={(to, done) => onChange(set(within(foot - to[1])), done)} />
    </g>
  );
  return (
    <g>
      {box(FAR_FOOT, far, 0.06, t("zones.height.far"), (height) => limitsOf(height, near))}
      {box(NEAR_FOOT, near, 0.06, t("zones.height.near"), (height) => limitsOf(far, height))}
    </g>
  );
}
