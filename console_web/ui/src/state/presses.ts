/**
 * One hand's presses, one after another: while one is being done one more waits for it, so that a key is not lost on a slow line. Pure, but for the timer.
 *
 * Each brings with it what it is about (an alert, a dispatch) as it was shown when it was pressed: by its turn another may stand on the screen.
 */

export interface Press {
  /** What it does and to what: two of the same name are one press. */
  readonly name: string;
  /** The same in words, for the hand that pressed. */
  readonly words: string;
  readonly act: () => Promise<unknown>;
  /** It was taken up, and then did not come about: refused by the server, or too late. */
  readonly undone?: () => void;
}

/** `same`: it is being done or waits already. `refused`: another waits before it; nothing will be done. */
export type Verdict = "runs" | "waits" | "same" | "refused";

export interface Teller {
  refused(press: Press): void;
  /** It waited so long that the hand may be elsewhere. */
  late(press: Press): void;
  failed(error: unknown): void;
  /** What runs or waits is another now. */
  changed(): void;
}

/** Longer than this no press waits: by then the eyes are on something else. */
export const WAIT_MS = 5_000;

export class Presses {
  #running: Press | null = null;
  #waiting: Press | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly teller: Teller) {}

  get running(): Press | null {
    return this.#running;
  }

  get waiting(): Press | null {
    return this.#waiting;
  }

  press(press: Press): Verdict {
    if (press.name === this.#running?.name || press.name === this.#waiting?.name) return "same";
    if (this.#waiting) {
      this.teller.refused(press);
      return "refused";
    }
    if (!this.#running) {
      void this.#run(press);
      return "runs";
    }
    this.#waiting = press;
    this.#timer = setTimeout(() => this.#giveUp(press), WAIT_MS);
    this.teller.changed();
    return "waits";
  }

  #giveUp(press: Press): void {
    this.#waiting = null;
    this.teller.late(press);
    press.undone?.();
    this.teller.changed();
  }

  async #run(press: Press): Promise<void> {
    this.#running = press;
    this.teller.changed();
    try {
      await press.act();
    } catch (error) {
      this.teller.failed(error);
      press.undone?.();
    }
    const next = this.#waiting;
    clearTimeout(this.#timer);
    this.#waiting = null;
    this.#running = null;
    if (next) void this.#run(next);
    else this.teller.changed();
  }
}
