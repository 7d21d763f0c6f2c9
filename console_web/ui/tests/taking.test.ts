import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Alert } from "../src/api/types";
import { EMPTY_FEED } from "../src/state/feed";
import { feed } from "../src/state/store";
import { take, taken } from "../src/pages/operador/taking";

const alert = (alert_id: string, state: Alert["state"]): Alert => ({ alert_id, state }) as Alert;
const answers = new Map<string, (response: Response) => void>();
let asked: string[];

beforeEach(() => {
  asked = [];
  feed.value = { ...EMPTY_FEED, alerts: new Map(["a", "b"].map((id) => [id, alert(id, "new")])) };
  vi.stubGlobal("localStorage", { getItem: () => null });
  // The server, each of whose answers the test gives.
  vi.stubGlobal("fetch", (path: string) => new Promise<Response>((resolve) => {
    asked.push(path);
    answers.set(path, resolve);
  }));
});

afterEach(() => { vi.unstubAllGlobals(); });

const path = (id: string): string => `/api/alerts/${id}/take`;
const gives = (id: string): void => answers.get(path(id))?.(Response.json(alert(id, "taken")));
const refuses = (id: string): void => answers.get(path(id))?.(Response.json({ error: { code: "conflict", message: "La tiene otro.", remedy: "" } }, { status: 409 }));

it("what could not be taken keeps no other alert's form from being sent", async () => {
  const first = take("a");
  refuses("a");
  await expect(first).rejects.toThrow("La tiene otro.");
  feed.value = { ...feed.value, alerts: new Map(feed.value.alerts).set("b", alert("b", "taken")) };
  await expect(taken("b")).resolves.toBeUndefined();
});

it("a form waits for its own alert's taking, and fails with it", async () => {
  const first = take("a");
  const form = taken("a");
  refuses("a");
  await expect(first).rejects.toThrow();
  await expect(form).rejects.toThrow("La tiene otro.");
});

it("is asked for once, however many wait for it, and the alert is then ours", async () => {
  const all = [take("a"), take("a"), taken("a")];
  gives("a");
  await Promise.all(all);
  await taken("a");
  expect(asked).toEqual([path("a")]);
  expect(feed.value.alerts.get("a")?.state).toBe("taken");
});

it("a form of an alert that nobody has yet takes it", async () => {
  const form = taken("b");
  await vi.waitFor(() => expect(asked).toEqual([path("b")]));
  gives("b");
  await form;
  expect(feed.value.alerts.get("b")?.state).toBe("taken");
});
