/** Eight buttons that move for as long as they are pressed, by pointer or by Enter and Space. */
import { t } from "../../../locale";
import { Kbd } from "../../../ui/marks";

interface Props {
  hold: (key: string, down: boolean) => void;
  speed: number;
  setSpeed: (speed: number) => void;
  disabled: boolean;
}

const WAYS = [
  { key: "arrowup", label: "ptz.up", sign: "↑", place: "is-up" },
  { key: "arrowleft", label: "ptz.left", sign: "←", place: "is-left" },
  { key: "arrowright", label: "ptz.right", sign: "→", place: "is-right" },
  { key: "arrowdown", label: "ptz.down", sign: "↓", place: "is-down" },
  { key: "+", label: "ptz.in", sign: "+", place: "is-in" },
  { key: "-", label: "ptz.out", sign: "−", place: "is-out" },
] as const;

export function Pad({ hold, speed, setSpeed, disabled }: Props) {
  return (
    <div class="ptz-part">
      <h3>{t("ptz.pad")}</h3>
      <div class="ptz-pad">
        {WAYS.map(({ key, label, sign, place }) => (
          <button key={key} type="button" class={`button ${place}`} aria-label={t(label)} title={t(label)} disabled={disabled}
            onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); hold(key, true); }}
            onPointerUp={() => hold(key, false)} onPointerCancel={() => hold(key, false)} onLostPointerCapture={() => hold(key, false)}
            onKeyDown={(e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); hold(key, true); } }}
            onKeyUp={(e) => { if (e.key === "Enter" || e.key === " ") hold(key, false); }} onBlur={() => hold(key, false)}>{sign}</button>
        ))}
      </div>
      <label class="ptz-speed">{t("ptz.speed")}
        <input type="range" min="0.1" max="1" step="0.1" value={speed} onInput={(e) => setSpeed(Number(e.currentTarget.value))} />
      </label>
      <p class="hint"><Kbd>↑ ↓ ← →</Kbd> <Kbd>+ −</Kbd></p>
    </div>
  );
}
