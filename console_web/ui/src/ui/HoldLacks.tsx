/** What of a held stretch was not recorded, and why: a mark in the list of holds, and the parts one by one. */
import { useEffect, useState } from "preact/hooks";
import { serverNowMs } from "../api/client";
import * as api from "../api/endpoints";
import type { Hold, HoldCoverage } from "../api/types";
import { t, tOr } from "../locale";
import { dateClock, elapsed } from "../time";
import { Dialog } from "./Dialog";
import { IconWarn } from "./icons";
import { CameraNumber } from "./marks";
import { sayError } from "./notices";

/** Rounded up: what is missing for a moment is missing. */
const length = (ms: number): string => elapsed(Math.ceil(ms / 1000) * 1000);

export function LacksMark({ hold, onOpen }: { hold: Hold; onOpen: () => void }) {
  if (hold.missing_ms === null) {
    const holds = hold.state === "active" || hold.state === "asked";
    // Not reckoned: a disk was slow, or the stretch is long. What is still to come lacks nothing yet.
    return holds && hold.from_wall_ms < serverNowMs() ? <button type="button" class="button is-small" onClick={onOpen}>{t("hold.lacks.look")}</button> : null;
  }
  const words = [
    ...(hold.missing_ms > 0 ? [t("hold.missing", { length: length(hold.missing_ms) })] : []),
    ...((hold.impaired_ms ?? 0) > 0 ? [t("hold.impaired", { length: length(hold.impaired_ms ?? 0) })] : []),
  ];
  if (words.length === 0) return <small>{t("hold.whole")}</small>;
  return <button type="button" class="button is-small num" onClick={onOpen}><IconWarn />{words.join(" · ")}</button>;
}

export function Lacks({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const [found, setFound] = useState<HoldCoverage | null>(null);
  useEffect(() => {
    api.holdCoverage(hold.hold_id).then(setFound, (error: unknown) => { sayError(error); onClose(); });
  }, [hold.hold_id]);
  return (
    <Dialog title={t("hold.lacks.title")} onClose={onClose} wide>
      <p class="hold-about"><CameraNumber number={hold.camera_number} /> {hold.place} · {dateClock(hold.from_wall_ms)} – {hold.to_wall_ms === null ? t("hold.open") : dateClock(hold.to_wall_ms)}</p>
      {found === null ? <p class="empty">{t("loading")}</p> : <>
        <p>{t("hold.lacks.recorded", { recorded: elapsed(found.recorded_ms), missing: length(found.missing_ms), until: dateClock(found.to_wall_ms) })}</p>
        {found.lacks.length === 0 ? <p class="empty">{t("hold.lacks.none")}</p> : (
          <div class="table-scroll">
            <table>
              <thead><tr><th>{t("hold.lacks.from")}</th><th>{t("hold.lacks.to")}</th><th>{t("hold.lacks.length")}</th><th>{t("hold.lacks.why")}</th></tr></thead>
              <tbody>
                {found.lacks.map((each) => (
                  <tr key={`${each.lack} ${each.from_wall_ms}`}>
                    <td class="num">{dateClock(each.from_wall_ms)}</td>
                    <td class="num">{each.ongoing ? t("hold.lacks.ongoing") : dateClock(each.to_wall_ms)}</td>
                    <td class="num">{length(each.to_wall_ms - each.from_wall_ms)}</td>
                    <td class="cell-detail">{t(`hold.lack.${each.lack}`)}{each.cause && `: ${tOr("cause", each.cause)}`}<small>{each.detail}</small></td>
                  </tr>
                ))}
              </tbody>
            </table>
            {found.count > found.lacks.length && <p class="empty">{t("hold.lacks.first", { shown: found.lacks.length, count: found.count })}</p>}
          </div>
        )}
      </>}
      <div class="row"><button type="button" class="button" autofocus onClick={onClose}>{t("close")}</button></div>
    </Dialog>
  );
}
