/** An alert's or incident's still picture with the box of what moved. */
import { useState } from "preact/hooks";
import type { Box } from "../api/types";
import { t } from "../locale";
import { IconCamera } from "./icons";

interface Props {
  src: string | null;
  box?: Box | null;
  alt: string;
}

export function Snapshot({ src, box, alt }: Props) {
  const [failed, setFailed] = useState(false);
  if (!src || failed) {
    return (
      <div class="snapshot is-empty">
        <IconCamera />
        <span>{t("snapshot.none")}</span>
      </div>
    );
  }
  const drawn = box && box[2] > 0 && box[3] > 0;
  return (
    <div class="snapshot">
      <img src={src} alt={alt} loading="lazy" decoding="async" onError={() => setFailed(true)} />
      {drawn && (
        <svg class="snapshot-box" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
          <rect class="box-shadow" x={box[0] * 1000} y={box[1] * 1000} width={box[2] * 1000} height={box[3] * 1000} />
          <rect class="box-line" x={box[0] * 1000} y={box[1] * 1000} width={box[2] * 1000} height={box[3] * 1000} />
        </svg>
      )}
    </div>
  );
}
