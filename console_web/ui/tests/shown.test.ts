import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Dispatch } from "../src/api/types";
import { EMPTY_FEED } from "../src/state/feed";
import * as store from "../src/state/store";
import { startShown } from "../src/pages/despacho/shown";

const said: string[][] = [];
vi.mock(import("../src/state/store"), async (original) => ({ ...(await original()), reportShown: (ids: readonly string[]) => said.push([...ids]) > 0 }));

const page = { hidden: false };
const sent = (id: string): [string, Dispatch] => [id, { dispatch_id: id, state: "sent" } as Dispatch];
const second = (): void => { store.nowMs.value += 1000; };
let stop: () => void;

beforeEach(() => {
  vi.stubGlobal("document", page);
  said.length = 0;
  page.hidden = false;
  store.lostSinceMs.value = null;
  store.feed.value = { ...EMPTY_FEED, dispatches: new Map([sent("a")]) };
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

it("what stands before somebody's eyes is said once", () => {
  stop = startShown();
  second();
  store.feed.value = { ...store.feed.value, dispatches: new Map([sent("a"), sent("b")]) };
  expect(said).toEqual([["a"], ["b"]]);
});

it("what lies in a tab behind another is said once that is looked at", () => {
  page.hidden = true;
  stop = startShown();
  second();
  expect(said).toEqual([]);
  page.hidden = false;
  second();
  expect(said).toEqual([["a"]]);
});
