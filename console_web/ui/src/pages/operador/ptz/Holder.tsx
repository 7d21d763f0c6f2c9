/** Who has the camera, until when, and taking or giving it. */
import * as api from "../../../api/endpoints";
import { t } from "../../../locale";
import { elapsed } from "../../../time";
import { IconHand, IconRelease } from "../../../ui/icons";
import { Kbd } from "../../../ui/marks";
import type { PartProps } from "./Positions";

const RESERVE_S = 120;

export function Holder({ state, busy, cameraId, act }: PartProps) {
  const holder = state?.holder ?? null;
  return (
    <div class="ptz-part">
      <h3>{t("ptz.holder")}</h3>
      {holder ? (
        <p class={holder.mine ? "alert-card-owner is-mine" : "alert-card-owner"}>
          <IconHand />
          <span>{holder.mine ? t("ptz.mine") : t("ptz.other", { name: holder.name, rank: t(`ptz.rank.${holder.rank}`) })}{" "}
            <span class="num">{t(holder.reserved ? "ptz.reserved.left" : "ptz.steering.left", { left: elapsed(holder.left_ms) })}</span></span>
        </p>
      ) : <p class="hint">{t("ptz.free")}</p>}
      <div class="ptz-list">
        <button type="button" class="button" disabled={busy} onClick={() => act(() => api.ptzReserve(cameraId, RESERVE_S))}><IconHand />{t(holder?.mine && holder.reserved ? "ptz.reserve.more" : "ptz.reserve")}<Kbd>R</Kbd></button>
        {holder?.mine && <button type="button" class="button" disabled={busy} onClick={() => act(() => api.ptzRelease(cameraId))}><IconRelease />{t("ptz.release")}<Kbd>L</Kbd></button>}
      </div>
    </div>
  );
}
