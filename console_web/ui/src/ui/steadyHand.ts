/** A hand that presses once too often decides once: Enter held down, and the second of two clicks when the first has changed what is under the pointer. */
import { pressedTwice, pressOf } from "../state/shortcuts";

function buttonUnder(event: Event): Element | null {
  return event.target instanceof Element ? event.target.closest("button, a, label, [role=option]") : null;
}

/** For the whole page, before anything else hears of it. */
export function steadyHands(): void {
  const stop = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  let clicked: Element | null = null;
  addEventListener("keydown", (event) => { if (pressedTwice(pressOf(event), event.repeat)) stop(event); }, { capture: true });
  addEventListener("click", (event) => {
    const button = buttonUnder(event);
    // Twice on one button is for the button to judge: +10 s, the day before. A press by key counts as 0.
    if (event.detail > 1 && button !== clicked) stop(event);
    else clicked = button;
  }, { capture: true });
}
