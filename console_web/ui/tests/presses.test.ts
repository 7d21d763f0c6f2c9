import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Press, Presses, WAIT_MS } from "../src/state/presses";

/** A request whose answer comes when the test says so. */
function asked(name: string, log: string[]): Press & { answer: () => Promise<void>; refuse: () => Promise<void> } {
  let resolve = (): void => undefined;
  let reject = (_: Error): void => undefined;
  const promise = new Promise<void>((done, fail) => { [resolve, reject] = [done, fail]; });
  const settle = async (how: () => void): Promise<void> => { how(); await vi.advanceTimersByTimeAsync(0); };
  return {
    name, words: name,
    act: () => { log.push(`${name} begins`); return promise; },
    undone: () => { log.push(`${name} undone`); },
    answer: () => settle(resolve),
    refuse: () => settle(() => reject(new Error(name))),
  };
}

let log: string[];
let presses: Presses;
const make = (name: string): ReturnType<typeof asked> => asked(name, log);

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
  presses = new Presses({
    refused: (press) => log.push(`${press.name} refused`),
    late: (press) => log.push(`${press.name} late`),
    failed: (error) => log.push(`${(error as Error).message} failed`),
    changed: () => undefined,
  });
  return () => { vi.useRealTimers(); };
});

describe("presses of one hand", () => {
  it("wait, one of them, for what is being done", async () => {
    const [enter, x] = [make("take a"), make("close a")];
    expect(presses.press(enter)).toBe("runs");
    expect(presses.press(x)).toBe("waits");
    expect(presses.waiting?.name).toBe("close a");
    expect(log).toEqual(["take a begins"]);
    await enter.answer();
    expect(log).toEqual(["take a begins", "close a begins"]);
    await x.answer();
    expect([presses.running, presses.waiting]).toEqual([null, null]);
    expect(presses.press(make("take b"))).toBe("runs");
  });

  it("count once, however often the same is pressed, whether it runs or waits", async () => {
    const [enter, x] = [make("take a"), make("close a")];
    presses.press(enter);
    expect(presses.press(make("take a"))).toBe("same");
    presses.press(x);
    expect([presses.press(make("close a")), presses.press(make("take a"))]).toEqual(["same", "same"]);
    await enter.answer();
    expect(presses.press(make("close a"))).toBe("same");
    await x.answer();
    expect(log).toEqual(["take a begins", "close a begins"]);
  });

  it("are the same only about the same thing", () => {
    presses.press(make("close a"));
    expect(presses.press(make("close b"))).toBe("waits");
  });

  it("are refused, and said to be, where another waits already", async () => {
    const [enter, x] = [make("take a"), make("close a")];
    presses.press(enter);
    presses.press(x);
    expect(presses.press(make("duplicate a"))).toBe("refused");
    await enter.answer();
    await x.answer();
    expect(log).toEqual(["take a begins", "duplicate a refused", "close a begins"]);
  });

  it("are not done after five seconds, and said not to be", async () => {
    const enter = make("take a");
    presses.press(enter);
    presses.press(make("close a"));
    await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
    expect(log).toEqual(["take a begins"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(["take a begins", "close a late", "close a undone"]);
    await enter.answer();
    expect(log).toHaveLength(3);
  });

  it("that began in time are not stopped by the clock of their waiting", async () => {
    const [enter, x, next] = [make("take a"), make("close a"), make("take b")];
    presses.press(enter);
    presses.press(x);
    await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
    await enter.answer();
    presses.press(next);
    await vi.advanceTimersByTimeAsync(1);
    await x.answer();
    expect(log).toEqual(["take a begins", "close a begins", "take b begins"]);
  });

  it("go on after one that the server refused", async () => {
    const [enter, x] = [make("take a"), make("close a")];
    presses.press(enter);
    presses.press(x);
    await enter.refuse();
    expect(log).toEqual(["take a begins", "take a failed", "take a undone", "close a begins"]);
  });
});
