/** What a search found: stills, the fullest first. A click plays from a little before. */
import { useState } from "preact/hooks";
import { stillUrl } from "../../../api/endpoints";
import type { Peak } from "../../../api/types";
import { t } from "../../../locale";
import { feed } from "../../../state/store";
import { clock, date } from "../../../time";
import { IconCamera } from "../../../ui/icons";
import { CameraNumber } from "../../../ui/marks";

function Still({ peak }: { peak: Peak }) {
  const [failed, setFailed] = useState(!peak.recorded);
  if (failed) return <div class="snapshot is-empty"><IconCamera /><span>{t("search.no.video")}</span></div>;
  const [x, y, width, height] = peak.box;
  return (
    <div class="snapshot">
      <img src={stillUrl(peak.camera_id, peak.peak_wall_ms + 500)} alt="" loading="lazy" decoding="async" onError={() => setFailed(true)} />
      <svg class="snapshot-box" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
        <rect class="box-shadow" x={x * 1000} y={y * 1000} width={width * 1000} height={height * 1000} />
        <rect class="box-line" x={x * 1000} y={y * 1000} width={width * 1000} height={height * 1000} />
      </svg>
    </div>
  );
}

export function PeakGrid({ peaks, onPlay }: { peaks: readonly Peak[]; onPlay: (peak: Peak) => void }) {
  const most = Math.max(1, ...peaks.map((peak) => peak.cells));
  return (
    <ol class="peaks">
      {peaks.map((peak) => {
        const camera = feed.value.cameras.get(peak.camera_id);
        return (
          <li key={`${peak.camera_id}${peak.peak_wall_ms}`}>
            <button type="button" class="peak" disabled={!peak.recorded} onClick={() => onPlay(peak)}>
              <Still peak={peak} />
              <span class="peak-text"><CameraNumber number={camera?.number ?? 0} /><strong class="num">{clock(peak.peak_wall_ms)}</strong><span class="num">{date(peak.peak_wall_ms)}</span></span>
              <span class="peak-text"><meter min={0} max={most} value={peak.cells} />
                <small class="num">{t("search.lasted", { seconds: Math.round((peak.to_wall_ms - peak.from_wall_ms) / 1000) })}</small></span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
