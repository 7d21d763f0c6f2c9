import { describe, expect, it } from "vitest";
import type { Alert, Camera, Dispatch, FeedMessage, Handover, Incident, Room } from "../src/api/types";
import { applyAlert, EMPTY_FEED, folded, load, MAX_ENDED, openHandover, openIncidents, parseMessage, queue, reduce, standing, unjudged } from "../src/state/feed";

function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    alert_id: id, camera_id: "cam01", camera_number: 1, place: "", zone: "", priority: 2, state: "new", started_wall_ms: 0, decided_wall_ms: 0, created_wall_ms: 1000, last_wall_ms: 0,
    ongoing: false, score: 0, box: [0, 0, 0, 0], has_snapshot: false, count: 1, owner_id: null, owner_name: null, taken_wall_ms: null, closed_wall_ms: null, outcome: null, incident_id: null,
    cameras: [], waiting_wall_ms: 1000, shelved: false, offer_user_id: null, offer_user_name: null, offer_until_wall_ms: null, escalation: 0, object_kind: "", object_score: 0, ...more,
  };
}

function dispatch(id: string, incidentId: string, state: Dispatch["state"], created_wall_ms = 0): Dispatch {
  return {
    dispatch_id: id, incident_id: incidentId, incident_number: "N", camera_id: "cam01", camera_number: 1, place: "", type_code: "", type_name: "", priority: 1, incident_note: "", incident_address: "",
    agency: "serenazgo", state, note: "", created_by: "", created_wall_ms, occurred_wall_ms: 0, times: {}, has_snapshot: false, unit_id: null, unit_name: "", escalation: 0, call_due_wall_ms: null, called_wall_ms: null, late_step: null, result: null, receiver_name: "", receiver_cip: "", receiver_station: "", delivery: "", delivered_by: "", missed: [],
  };
}

function incident(id: string, more: Partial<Incident> = {}): Incident {
  return {
    incident_id: id, number: "N", state: "open", camera_id: "cam01", camera_number: 1, place: "", type_code: "", type_name: "", priority: 1, note: "", occurred_wall_ms: 0, created_wall_ms: 0,
    created_by: "", closed_wall_ms: null, dispatches: [], timeline: [], alert_ids: [], version: 1, address: "", further_cameras: [], duplicate_of: null, duplicates: [], procedure: [], ...more,
  };
}

function change(seq: number, body: Alert): FeedMessage {
  return { kind: "alert", seq, wall_ms: 0, body };
}

describe("the supervisor's figures", () => {
  const low = [1, 2].map((n) => alert(`low${n}`, { priority: 3, created_wall_ms: n }));
  const all = [...low, alert("urgent", { priority: 1, created_wall_ms: 500 }), alert("mine", { state: "taken", owner_id: "ana" }), alert("his", { state: "taken", priority: 3, owner_id: "luis" }),
    alert("rests", { shelved: true, created_wall_ms: 0 }), alert("case", { incident_id: "i", created_wall_ms: 0 })];
  const calm = load(EMPTY_FEED, { alerts: { seq: 1, items: all } });

  it("count who waits and who is taken, not what rests or is a case by now", () => {
    expect(standing(calm)).toEqual({ waiting: 3, urgent: true, taken: 2, oldest_wall_ms: 1 });
    expect(standing(EMPTY_FEED)).toEqual({ waiting: 0, urgent: false, taken: 0, oldest_wall_ms: null });
  });

  it("are not made smaller by a flood, which folds away what is of low priority", () => {
    const room = { flood_since_wall_ms: 1, waiting: { "1": 1, "3": 4987 } } as unknown as Room;
    expect(standing({ ...calm, room })).toEqual({ waiting: 4988, urgent: true, taken: 2, oldest_wall_ms: 1 });
  });
});

describe("loading lists", () => {
  it("goes on from the oldest list, so that no change between two lists is lost", () => {
    const state = load(EMPTY_FEED, { alerts: { seq: 12, items: [] }, incidents: { seq: 9, items: [] } });
    expect(state.seq).toBe(9);
  });

  it("replaces what was there: an alert that closed while the line was down is gone", () => {
    const before = load(EMPTY_FEED, { alerts: { seq: 1, items: [alert("a"), alert("b")] } });
    const after = load(before, { alerts: { seq: 5, items: [alert("b")] } });
    expect([...after.alerts.keys()]).toEqual(["b"]);
  });

  it("keeps lists that were not loaded", () => {
    const before = load(EMPTY_FEED, { incidents: { seq: 1, items: [incident("i")] } });
    expect(load(before, { alerts: { seq: 2, items: [] } }).incidents.has("i")).toBe(true);
  });
});

describe("changes", () => {
  it("does not go back to an older state than the list's", () => {
    const state = load(EMPTY_FEED, { alerts: { seq: 10, items: [alert("a", { state: "taken" })] }, incidents: { seq: 7, items: [] } });
    const after = reduce(state, change(8, alert("a", { state: "new" })));
    expect(after.alerts.get("a")?.state).toBe("taken");
    expect(after.seq).toBe(8);
  });

  it("applies newer ones and remembers where it stands", () => {
    const state = load(EMPTY_FEED, { alerts: { seq: 10, items: [] } });
    const after = reduce(state, change(11, alert("a")));
    expect(after.alerts.has("a")).toBe(true);
    expect(after.seq).toBe(11);
  });

  it("puts a dispatch into its incident, once, in the order of sending", () => {
    let state = load(EMPTY_FEED, { incidents: { seq: 1, items: [incident("i", { dispatches: [dispatch("late", "i", "sent", 20)] })] } });
    state = reduce(state, { kind: "dispatch", seq: 2, wall_ms: 0, body: dispatch("early", "i", "sent", 10) });
    state = reduce(state, { kind: "dispatch", seq: 3, wall_ms: 0, body: dispatch("late", "i", "received", 20) });
    expect(state.incidents.get("i")?.dispatches.map((d) => [d.dispatch_id, d.state])).toEqual([["early", "sent"], ["late", "received"]]);
  });

  it("ignores the state of a camera that it was never shown", () => {
    const state = reduce(EMPTY_FEED, { kind: "camera", seq: 1, wall_ms: 0, body: { camera_id: "cam99" } as Camera });
    expect(state.cameras.size).toBe(0);
  });

  it("leaves the state before untouched", () => {
    const before = load(EMPTY_FEED, { alerts: { seq: 1, items: [alert("a")] } });
    reduce(before, change(2, alert("a", { state: "closed" })));
    expect(before.alerts.get("a")?.state).toBe("new");
  });

  it("forgets the first closed ones of a long night, never an open one", () => {
    let state = applyAlert(EMPTY_FEED, alert("open"));
    for (let i = 0; i < MAX_ENDED + 30; i += 1) state = applyAlert(state, alert(`c${i}`, { state: "closed" }));
    expect(state.alerts.size).toBe(MAX_ENDED + 1);
    expect(state.alerts.has("open")).toBe(true);
    expect(state.alerts.has("c0")).toBe(false);
    expect(state.alerts.has(`c${MAX_ENDED + 29}`)).toBe(true);
  });
});

describe("the queue", () => {
  const items = [
    alert("low", { priority: 3, created_wall_ms: 1 }), alert("young", { priority: 1, created_wall_ms: 9 }), alert("old", { priority: 1, created_wall_ms: 5 }),
    alert("theirs", { priority: 1, created_wall_ms: 0, state: "taken", owner_id: "u2" }), alert("mine", { priority: 3, created_wall_ms: 20, state: "taken", owner_id: "u1" }),
    alert("done", { priority: 1, state: "closed" }), alert("incident", { priority: 1, state: "taken", incident_id: "i1" }),
  ];

  it("shows mine, then what waits by priority and age, then what others have; no closed ones, none that became an incident", () => {
    const state = load(EMPTY_FEED, { alerts: { seq: 1, items } });
    expect(queue(state, "u1").map((a) => a.alert_id)).toEqual(["mine", "old", "young", "low", "theirs"]);
  });

  it("lists open incidents only, most urgent first", () => {
    const state = load(EMPTY_FEED, { incidents: { seq: 1, items: [incident("b", { priority: 3 }), incident("a", { priority: 1 }), incident("z", { state: "closed" })] } });
    expect(openIncidents(state).map((i) => i.incident_id)).toEqual(["a", "b"]);
  });
});

describe("messages", () => {
  it.each(["", "{", "null", "[]", '"alert"', '{"kind":"alert"}', '{"kind":"alert","seq":"1","body":{}}', '{"kind":"alert","seq":1,"body":null}', '{"kind":"weather","seq":1,"body":{}}'])(
    "takes %j for none of ours", (text) => {
      expect(parseMessage(text)).toBeNull();
    });

  it("takes pings, resets and changes", () => {
    expect(parseMessage('{"kind":"ping"}')).toEqual({ kind: "ping" });
    expect(parseMessage('{"kind":"reset","more":1}')).toEqual({ kind: "reset" });
    expect(parseMessage(JSON.stringify(change(3, alert("a"))))?.kind).toBe("alert");
    expect(parseMessage('{"kind":"unit","seq":4,"body":{}}')?.kind).toBe("unit");
    expect(parseMessage('{"kind":"toString","seq":4,"body":{}}')).toBeNull();
  });
});

describe("what a flood, the shelf and turns do to the queue", () => {
  const room = (flood: boolean) => ({
    shift: "", closing: false, seats: [], shares: {}, unwatched: [], flood_since_wall_ms: flood ? 5 : null, waiting: flood ? { "3": 4987 } : {}, stale: 0,
  });
  const state = (flood: boolean) => load(EMPTY_FEED, {
    alerts: { seq: 1, items: [alert("low", { priority: 3 }), alert("mine", { priority: 3, state: "taken", owner_id: "me" }), alert("p2"), alert("p1", { priority: 1 }), alert("rest", { shelved: true })] },
    room: { seq: 1, room: room(flood) },
  });

  it("folds what is of low urgency into a counter, never what is urgent or mine, and shows it when asked", () => {
    expect(queue(state(false), "me").map((a) => a.alert_id)).toEqual(["mine", "p1", "p2", "low"]);
    expect(queue(state(true), "me").map((a) => a.alert_id)).toEqual(["mine", "p1", "p2"]);
    expect(folded(state(true))).toBe(4987);
    expect(queue(state(true), "me", true).map((a) => a.alert_id)).toContain("low");
  });

  it("puts what stands before me first among equals, and nothing before what is more urgent", () => {
    const feed = load(EMPTY_FEED, { alerts: { seq: 1, items: [alert("older"), alert("turn", { offer_user_id: "me", created_wall_ms: 2000 }), alert("p1", { priority: 1 })] } });
    expect(queue(feed, "me").map((a) => a.alert_id)).toEqual(["p1", "turn", "older"]);
  });
});

describe("the hand-over that is open", () => {
  const open = (...states: Handover["state"][]): string | undefined => openHandover(load(EMPTY_FEED, {
    handovers: { seq: 1, items: states.map((state, i) => ({ handover_id: `h${i}`, state, created_wall_ms: i }) as Handover) },
  }))?.handover_id;

  it("is the newest that is a draft or waits to be accepted", () => {
    expect(open("accepted", "draft")).toBe("h1");
    expect(open("signed", "draft")).toBe("h1");
    expect(open("signed", "accepted")).toBe("h0");
    expect(open("accepted")).toBeUndefined();
  });

  it("is no draft that was left behind", () => {
    expect(open("draft", "accepted")).toBeUndefined();
    expect(open("draft", "signed")).toBe("h1");
    expect(open("signed", "draft", "accepted")).toBe("h0");
  });
});

describe("what its owner does not judge", () => {
  it("is named once the supervisor is told, the longest held first, and no longer once it is judged or waits anew", () => {
    const held = (id: string, more: Partial<Alert>) => alert(id, { state: "taken", priority: 1, taken_wall_ms: 1000, escalation: 2, ...more });
    const items = [held("late", { taken_wall_ms: 2000 }), held("first", {}), held("young", { escalation: 0 }), alert("waits", { priority: 1, escalation: 3 })];
    const state = load(EMPTY_FEED, { alerts: { seq: 1, items } });
    expect(unjudged(state).map((each) => each.alert_id)).toEqual(["first", "late"]);
    expect(unjudged(reduce(state, change(2, held("first", { escalation: 0, incident_id: "i" })))).map((each) => each.alert_id)).toEqual(["late"]);
  });
});
