/** A live picture: the sub-stream at once, and where asked for the main one as soon as it plays. Connected only while visible. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Camera } from "../api/types";
import { t, tOr } from "../locale";
import { elapsed } from "../time";
import { feed, nowMs } from "../state/store";
import { IconNoSignal, IconWarn } from "../ui/icons";
import { LiveSession, type LiveState } from "./liveSession";
import { useVisible } from "./useVisible";

interface Props {
  cameraId: string;
  /** Go on to the main stream: for one large picture, not for tiles. */
  upgrade?: boolean;
}

function useSession(cameraId: string, stream: "main" | "sub" | null, on: boolean) {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<LiveState>({ kind: "connecting" });
  useEffect(() => {
    if (!on || !stream || !video.current) return undefined;
    setState({ kind: "connecting" });
    const session = new LiveSession(video.current, cameraId, stream, setState);
    return () => session.close();
  }, [cameraId, stream, on]);
  return { video, state };
}

/** There is a picture, be it only the last one. */
function shows(state: LiveState): boolean {
  return state.kind === "playing" || state.kind === "stalled";
}

/** No picture yet, of a camera that is not known to be away. */
function awaited(state: LiveState, camera: Camera | undefined): boolean {
  return state.kind === "connecting" && camera?.streams.main.state !== "offline";
}

function words(state: LiveState, camera: Camera | undefined): string {
  if (awaited(state, camera)) return t("live.connecting");
  if (state.kind === "unsupported") return t("live.unsupported", { mime: state.mime });
  if (state.kind === "refused") return t(state.busy ? "live.busy" : "live.refused");
  const stream = camera?.streams.main;
  const cause = state.kind === "offline" && state.cause ? state.cause : stream?.state === "offline" ? stream.cause : "";
  return cause ? tOr("cause", cause) : t("live.lost");
}

/** Another camera is another component: no picture or state of the one before can linger. */
export function LiveVideo(props: Props) {
  return <LivePicture key={props.cameraId} {...props} />;
}

function LivePicture({ cameraId, upgrade = false }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const visible = useVisible(frame);
  const camera = feed.value.cameras.get(cameraId);
  const hasSub = camera ? camera.streams.sub !== null : true;
  const [wantMain, setWantMain] = useState(false);
  const [mainPlays, setMainPlays] = useState(false);
  // Once the main stream plays, the small one costs two decoders for nothing; it comes back if the main one is lost.
  const first = useSession(cameraId, hasSub ? "sub" : "main", visible && !mainPlays);
  const firstPlays = shows(first.state) && !mainPlays;
  // The second connection waits for the first picture, so that the operator sees something as soon as possible.
  useEffect(() => {
    if (firstPlays && upgrade && hasSub) setWantMain(true);
  }, [firstPlays, upgrade, hasSub]);
  const main = useSession(cameraId, wantMain ? "main" : null, visible);
  useEffect(() => setMainPlays(wantMain && visible && shows(main.state)), [wantMain, visible, main.state.kind]);
  const stalled = (mainPlays ? main : first).state.kind === "stalled";
  const waits = awaited(first.state, camera);
  const since = camera?.streams.main.state === "offline" ? camera.streams.main.since_wall_ms : null;
  return (
    <div class="live" ref={frame}>
      <video class="live-video" ref={first.video} muted playsInline disablePictureInPicture />
      {upgrade && hasSub && (
        <video class={mainPlays ? "live-video" : "live-video is-behind"} ref={main.video} muted playsInline disablePictureInPicture />
      )}
      {firstPlays || mainPlays ? (
        <span class={stalled ? "live-badge is-stalled" : "live-badge"}>
          {stalled ? <IconWarn /> : <span class="live-dot" aria-hidden="true" />}
          {t(stalled ? "live.stalled" : "live.badge")} {upgrade && !stalled ? (mainPlays || !hasSub ? t("live.main") : t("live.sub")) : ""}
        </span>
      ) : (
        <div class={waits ? "live-none" : "live-none is-off"} role="status">
          {!waits && <IconNoSignal />}
          {!waits && <strong>{t("live.none")}</strong>}
          <span>{words(first.state, camera)}</span>
          {since !== null && <span class="num">{t("live.since", { elapsed: elapsed(nowMs.value - since) })}</span>}
        </div>
      )}
    </div>
  );
}
