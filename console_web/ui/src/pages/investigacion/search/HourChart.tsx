/** In how many minutes of each hour, or day, the region moved: where to look. */
import { t } from "../../../locale";
import { clockShort, date } from "../../../time";
import { barsOf } from "../../../state/searchBars";

const WIDTH = 1000;
const HEIGHT = 90;

export function HourChart({ hours, fromMs, toMs }: { hours: readonly { from_wall_ms: number; minutes: number }[]; fromMs: number; toMs: number }) {
  const { bars, stepMs } = barsOf(hours, fromMs, toMs);
  const most = Math.max(1, ...bars.map((bar) => bar.minutes));
  const width = WIDTH / bars.length;
  const name = (wallMs: number): string => (stepMs < 86_400_000 ? `${date(wallMs).slice(0, 5)} ${clockShort(wallMs)}` : date(wallMs).slice(0, 5));
  const every = Math.ceil(bars.length / 8);
  return (
    <figure class="search-chart">
      <figcaption>{t(stepMs < 86_400_000 ? "search.by.hour" : "search.by.day")}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`} role="img" aria-label={t("search.chart", { count: bars.reduce((sum, bar) => sum + bar.minutes, 0) })}>
        {bars.map((bar, i) => {
          const height = (bar.minutes / most) * HEIGHT;
          return (
            <g key={bar.fromMs}>
              <rect class="search-bar" x={i * width + width * 0.1} width={width * 0.8} y={HEIGHT - height} height={height}><title>{`${name(bar.fromMs)} · ${bar.minutes}`}</title></rect>
              {i % every === 0 && <text x={i * width} y={HEIGHT + 15}>{name(bar.fromMs)}</text>}
            </g>
          );
        })}
        <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
      </svg>
    </figure>
  );
}
