/** One camera's day: recorded (solid), gaps (hatched, with cause) and movements (ticks above). A click plays there. */
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNowMs } from "../../api/client";
import type { Camera, Coverage } from "../../api/types";
import { t, tOr } from "../../locale";
import { bar, fromX, recordedShare, tickStepMs, ticks, toX, type Window } from "../../state/timeline";
import { clock, clockShort } from "../../time";
import { CameraNumber } from "../../ui/marks";
import { dayWindow, goTo, held, marked, positionMs, view } from "./state";

const HEIGHT = 64;
const TOP = 16;
const BOTTOM = 46;
/** Units of the drawing in a rem: what is 64 high here is as high in proportion on a 4K screen. */
const UNITS_PER_REM = 17;
/** Room for a gap's word, in units. */
const WORD_PX = 90;

function useWidth(): [(element: SVGSVGElement | null) => void, number] {
  const [element, setElement] = useState<SVGSVGElement | null>(null);
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      const rem_px = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || UNITS_PER_REM;
      setWidth(Math.max(200, (element.clientWidth * UNITS_PER_REM) / rem_px));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`gap-${id}`} width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="gap-ground" width="8" height="8" /><rect class="gap-line" width="3" height="8" />
      </pattern>
      <pattern id={`planned-${id}`} width="8" height="8" patternUnits="userSpaceOnUse">
        <rect class="gap-ground" width="8" height="8" /><circle class="gap-line" cx="4" cy="4" r="1.5" />
      </pattern>
    </defs>
  );
}

/** The stretch that was marked to be kept: brackets, and a frame between them. */
function Marked({ window, width }: { window: Window; width: number }) {
  const { fromMs, toMs } = marked.value;
  const inside = (at: number | null): at is number => at !== null && at >= window.fromMs && at <= window.toMs;
  const b = fromMs !== null && toMs !== null ? bar({ from_wall_ms: fromMs, to_wall_ms: toMs }, window, width, 2) : null;
  return (
    <g class="bar-marked">
      {b && <rect x={b.x} width={b.width} y={TOP} height={BOTTOM - TOP} />}
      {inside(fromMs) && <path d={`M${toX(fromMs, window, width) + 6} ${TOP - 4}h-6v${BOTTOM - TOP + 8}h6`} />}
      {inside(toMs) && <path d={`M${toX(toMs, window, width) - 6} ${TOP - 4}h6v${BOTTOM - TOP + 8}h-6`} />}
    </g>
  );
}

/** Today is not over: its share is of the hours that were. */
function sinceDayBegan(whole: Window): Window {
  return { fromMs: whole.fromMs, toMs: Math.max(whole.fromMs + 1, Math.min(whole.toMs, serverNowMs())) };
}

export function TimeBar({ camera, coverage }: { camera: Camera; coverage: Coverage | null }) {
  const [setElement, width] = useWidth();
  const [hover, setHover] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement | null>(null);
  const window = view.value;
  const id = camera.camera_id;
  const stepMs = tickStepMs(window, width, 70);
  const at = positionMs.value;
  const timeOf = (event: MouseEvent): number => {
    const box = svg.current?.getBoundingClientRect();
    return box ? fromX(event.clientX - box.left, window, box.width) : window.fromMs;
  };
  const spanAt = hover === null ? undefined : coverage?.spans.find((s) => s.from_wall_ms <= hover && hover < s.to_wall_ms);
  const gapAt = hover === null ? undefined : coverage?.gaps.find((g) => g.from_wall_ms <= hover && hover < g.to_wall_ms);
  return (
    <div class="bar">
      <div class="bar-name"><CameraNumber number={camera.number} /><span>{camera.name}</span>
        <span class="bar-hint num">
          {hover === null ? "" : clock(hover)} {gapAt ? `· ${t("bar.gap")}: ${tOr("cause", gapAt.cause)}${gapAt.detail ? ` (${gapAt.detail})` : ""}` : spanAt?.damaged ? `· ${t("bar.damaged")}` : spanAt?.keyframes ? `· ${t("bar.keyframes")}` : ""}
        </span>
        {coverage && <small class="num">{t("bar.share", { percent: (recordedShare(coverage, sinceDayBegan(dayWindow.value)) * 100).toFixed(1) })}</small>}
      </div>
      <div class="bar-line">
        <svg ref={(element) => { svg.current = element; setElement(element); }} class="bar-svg" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none"
          role="img" aria-label={t("bar.label", { place: camera.name })}
          onClick={(e) => goTo(timeOf(e))} onMouseMove={(e) => setHover(timeOf(e))} onMouseLeave={() => setHover(null)}>
          <Patterns id={id} />
          <rect class="bar-none" x="0" y={TOP} width={width} height={BOTTOM - TOP} />
          {coverage?.spans.map((span) => {
            const b = bar(span, window, width);
            return b && <rect key={span.from_wall_ms} class={span.damaged ? "bar-damaged" : span.keyframes ? "bar-keyframes" : "bar-recorded"} x={b.x} width={b.width} y={TOP} height={BOTTOM - TOP} />;
          })}
          {coverage?.gaps.map((gap) => {
            const b = bar(gap, window, width, 2);
            return b && (
              <g key={gap.from_wall_ms}>
                <rect x={b.x} width={b.width} y={TOP} height={BOTTOM - TOP} fill={`url(#${gap.cause === "planned" ? "planned" : "gap"}-${id})`} />
                {b.width > WORD_PX && <text class="bar-cause" x={b.x + b.width / 2} y={(TOP + BOTTOM) / 2 + 5} text-anchor="middle">{tOr("cause", gap.cause)}</text>}
              </g>
            );
          })}
          {coverage?.movements.map((m) => {
            const b = bar(m, window, width, 3);
            return b && <path key={`${m.from_wall_ms}${m.zone}`} class="bar-movement" d={`M${b.x} ${TOP - 3}h${b.width}l-${Math.min(b.width / 2, 4)} -9h-${Math.max(0, b.width - 8)}Z`} />;
          })}
          {held.value.filter((h) => h.camera_id === id).map((h) => {
            const b = bar({ from_wall_ms: h.from_wall_ms, to_wall_ms: h.to_wall_ms ?? serverNowMs() }, window, width, 3);
            return b && <rect key={h.hold_id} class="bar-held" x={b.x} width={b.width} y={BOTTOM - 5} height="5"><title>{t("bar.held", { reason: h.reason })}</title></rect>;
          })}
          <Marked window={window} width={width} />
          {ticks(window, stepMs, dayWindow.value.fromMs).map((tick) => {
            const x = toX(tick, window, width);
            return (
              <g key={tick}>
                <line class="bar-tick" x1={x} x2={x} y1={BOTTOM} y2={BOTTOM + 5} />
                {x > 20 && x < width - 20 && <text class="bar-hour" x={x} y={HEIGHT - 1} text-anchor="middle">{stepMs < 60_000 ? clock(tick) : clockShort(tick)}</text>}
              </g>
            );
          })}
          {hover !== null && <line class="bar-hover" x1={toX(hover, window, width)} x2={toX(hover, window, width)} y1="0" y2={BOTTOM} />}
          {at !== null && at >= window.fromMs && at <= window.toMs && (
            <g class="bar-now"><line x1={toX(at, window, width)} x2={toX(at, window, width)} y1="4" y2={BOTTOM + 4} /><path d={`M${toX(at, window, width) - 7} 0h14l-7 10Z`} /></g>
          )}
        </svg>
      </div>
    </div>
  );
}

export function Legend() {
  return (
    <div class="legend" aria-label={t("legend")}>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect class="bar-recorded" width="28" height="16" /></svg>{t("legend.recorded")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect class="bar-keyframes" width="28" height="16" /></svg>{t("legend.keyframes")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect class="bar-damaged" width="28" height="16" /></svg>{t("legend.damaged")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><Patterns id="legend" /><rect width="28" height="16" fill="url(#gap-legend)" /></svg>{t("legend.gap")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect width="28" height="16" fill="url(#planned-legend)" /></svg>{t("legend.planned")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><path class="bar-movement" d="M4 13h20l-4-9h-12Z" /></svg>{t("legend.movement")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect class="bar-held" y="5" width="28" height="6" /></svg>{t("legend.held")}</span>
      <span><svg viewBox="0 0 28 16" aria-hidden="true"><rect class="bar-none" width="28" height="16" /></svg>{t("legend.none")}</span>
    </div>
  );
}
