/** Short notices: what went wrong and what to do. Errors stay for 20 s or until closed; good news goes sooner, and only the newest is shown: it lies over pictures. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { t } from "../locale";
import { IconClose, IconReceived, IconWarn } from "./icons";

type Tone = "good" | "warn" | "bad";

interface Notice {
  id: number;
  tone: Tone;
  text: string;
  remedy: string;
}

const notices = signal<readonly Notice[]>([]);
let lastId = 0;
const GOOD_MS = 4_000;
const BAD_MS = 20_000;
const MOST = 4;

function add(tone: Tone, text: string, remedy: string): void {
  lastId += 1;
  const id = lastId;
  const others = notices.value.filter((n) => n.text !== text && (n.tone === "bad" || tone === "bad"));
  notices.value = [...others, { id, tone, text, remedy }].slice(-MOST);
  setTimeout(() => dismiss(id), tone === "bad" ? BAD_MS : GOOD_MS);
}

function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id);
}

export function say(text: string): void {
  add("good", text, "");
}

/** A key that can't be followed now, and why. */
export function warn(text: string): void {
  add("warn", text, "");
}

export function sayError(error: unknown): void {
  if (error instanceof ApiError) add("bad", error.message, error.remedy);
  else {
    console.error(error);
    add("bad", t("error.unexpected"), t("error.unexpected.remedy"));
  }
}

export function Notices() {
  return (
    <div class="notices" role="region" aria-label={t("notices")} aria-live="polite">
      {notices.value.map((n) => (
        <div key={n.id} class={`notice is-${n.tone}`} role={n.tone === "bad" ? "alert" : "status"}>
          {n.tone === "good" ? <IconReceived /> : <IconWarn />}
          <div>
            <strong>{n.text}</strong>
            {n.remedy && <p>{n.remedy}</p>}
          </div>
          <button type="button" class="icon-button" aria-label={t("close")} onClick={() => dismiss(n.id)}>
            <IconClose />
          </button>
        </div>
      ))}
    </div>
  );
}

/** One action of a form or dialog at a time: while it is under way a second click does nothing. Errors become notices. Keys of a page: `usePresses`. */
export function useAction(): { busy: boolean; run: (action: () => Promise<unknown>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = async (action: () => Promise<unknown>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    try {
      await action();
      return true;
    } catch (error) {
      sayError(error);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, run };
}
