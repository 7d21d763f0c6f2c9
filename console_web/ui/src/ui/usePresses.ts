/** Presses of a page's keys and buttons, with a word and a sound for each that is not done. */
import { useRef, useState } from "preact/hooks";
import { t } from "../locale";
import { type Press, Presses } from "../state/presses";
import { play, REFUSED_MELODY } from "../state/sound";
import { sayError, warn } from "./notices";

function notDone(key: "press.refused" | "press.late", press: Press): void {
  warn(t(key, { what: press.words }));
  play(REFUSED_MELODY);
}

/** `presses.waiting` is what waits; whoever reads it is drawn anew when that changes. */
export function usePresses(): Presses {
  const [, setTurn] = useState(0);
  const made = useRef<Presses | null>(null);
  made.current ??= new Presses({
    refused: (press) => notDone("press.refused", press),
    late: (press) => notDone("press.late", press),
    failed: sayError,
    changed: () => setTurn((turn) => turn + 1),
  });
  return made.current;
}
