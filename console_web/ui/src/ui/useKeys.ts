import { useLayoutEffect, useRef } from "preact/hooks";
import { commandFor, digitFor, pressOf, type Command, type Scope } from "../state/shortcuts";
import { dialogOpen } from "./Dialog";

/** Calls `onCommand` for each of the scope's keys. A dialog takes the keyboard for itself while it is open. */
export function useKeys(scope: Scope, onCommand: (command: Command) => boolean | void, onDigit?: (digit: string) => void): void {
  const latest = useRef({ onCommand, onDigit });
  latest.current = { onCommand, onDigit };
  // Before the first picture of the page: whoever sees it may press a key, and an effect comes only after the paint.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (dialogOpen() || event.isComposing) return;
      // A key held down repeats: fine for moving, never for deciding.
      const press = pressOf(event);
      const command = commandFor(press, scope);
      if (command && event.repeat && !event.key.startsWith("Arrow")) return;
      if (command && latest.current.onCommand(command) !== false) {
        event.preventDefault();
        return;
      }
      const digit = digitFor(press);
      if (digit && latest.current.onDigit) latest.current.onDigit(digit);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [scope]);
}
