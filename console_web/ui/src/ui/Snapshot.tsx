/** An alert's or incident's still picture with the box of what moved. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Box } from "../api/types";
import { t } from "../locale";
import { IconCamera, IconWarn } from "./icons";

interface Props {
  src: string | null;
  box?: Box | null;
  alt: string;
  /** With a button to try again: not inside another button. */
  large?: boolean;
  /** Lies over the picture. */
  over?: ComponentChildren;
}

/** A picture that did not come is asked for again by itself: the server was restarted, say. */
const RETRY_MS: readonly number[] = [2_000, 5_000, 15_000];

export function Snapshot({ src, box, alt, large = false, over = null }: Props) {
  const [failed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  const wait_ms = RETRY_MS[tries];
  useEffect(() => {
    if (!failed || wait_ms === undefined) return undefined;
    const timer = setTimeout(again, wait_ms);
    return () => clearTimeout(timer);
  }, [failed, tries]);
  function again(): void {
    setTries((n) => n + 1);
    setFailed(false);
  }
  if (!src) {
    return <div class="snapshot is-empty"><IconCamera /><span>{t("snapshot.none")}</span></div>;
  }
  if (failed) {
    return (
      <div class="snapshot is-empty"><IconWarn /><span>{t("snapshot.failed")}</span>
        {large && <button type="button" class="button is-small" onClick={again}>{t("retry")}</button>}
      </div>
    );
  }
  const drawn = box && box[2] > 0 && box[3] > 0;
  return (
    <div class="snapshot">
      <img src={tries === 0 ? src : `${src}?again=${tries}`} alt={alt} loading="lazy" decoding="async" onError={() => setFailed(true)} />
      {drawn && (
        <svg class="snapshot-box" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
          <rect class="box-shadow" x={box[0] * 1000} y={box[1] * 1000} width={box[2] * 1000} height={box[3] * 1000} />
          <rect class="box-line" x={box[0] * 1000} y={box[1] * 1000} width={box[2] * 1000} height={box[3] * 1000} />
        </svg>
      )}
      {over}
    </div>
  );
}
