/** Short notices: what went wrong and what to do. Errors stay until read; good news goes by itself. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { t } from "../locale";
import { IconClose, IconReceived, IconWarn } from "./icons";

interface Notice {
  id: number;
  bad: boolean;
  text: string;
  remedy: string;
}

const notices = signal<readonly Notice[]>([]);
let lastId = 0;
const GOOD_MS = 4_000;
const BAD_MS = 20_000;
const MOST = 4;

function add(bad: boolean, text: string, remedy: string): void {
  lastId += 1;
  const id = lastId;
  const others = notices.value.filter((n) => n.text !== text);
  notices.value = [...others, { id, bad, text, remedy }].slice(-MOST);
  setTimeout(() => dismiss(id), bad ? BAD_MS : GOOD_MS);
}

function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id);
}

export function say(text: string): void {
  add(false, text, "");
}

export function sayError(error: unknown): void {
  if (error instanceof ApiError) add(true, error.message, error.remedy);
  else {
    console.error(error);
    add(true, t("error.unexpected"), t("error.unexpected.remedy"));
  }
}

export function Notices() {
  return (
    <div class="notices" role="region" aria-label={t("notices")} aria-live="polite">
      {notices.value.map((n) => (
        <div key={n.id} class={n.bad ? "notice is-bad" : "notice"} role={n.bad ? "alert" : "status"}>
          {n.bad ? <IconWarn /> : <IconReceived />}
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

/** Runs one action at a time: while it is under way a second click does nothing. Errors become notices. */
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
