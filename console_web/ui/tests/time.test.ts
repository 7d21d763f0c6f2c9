import { beforeEach, describe, expect, it } from "vitest";
import { bytes, clock, date, dateClock, elapsed, instantOf, isoDate, isoOfWritten, isWholeDay, setTimeZone } from "../src/time";

const INSTANT = Date.UTC(2026, 2, 6, 4, 4, 9); // 2026-03-05 23:04:09 in Lima

beforeEach(() => setTimeZone("America/Lima"));

describe("times on screen", () => {
  it("are the site's, with seconds, whatever the terminal's zone", () => {
    expect(clock(INSTANT)).toBe("23:04:09");
    expect(date(INSTANT)).toBe("05/03/2026");
    expect(isoDate(INSTANT)).toBe("2026-03-05");
    expect(dateClock(INSTANT)).toBe("05/03/2026 23:04:09");
  });

  it("write midnight as 00, not 24", () => {
    expect(clock(Date.UTC(2026, 2, 6, 5, 0, 0))).toBe("00:00:00");
  });

  it("are read back", () => {
    expect(instantOf("2026-03-05", "23:04:09")).toBe(INSTANT);
    expect(instantOf("2026-03-05", "23:04")).toBe(INSTANT - 9000);
  });

  it("are read back in a zone with summer time, on both sides of the change", () => {
    setTimeZone("Europe/Madrid");
    for (const instant of [Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 2, 29, 1, 30), Date.UTC(2026, 9, 25, 3, 30)]) {
      expect(instantOf(isoDate(instant), clock(instant))).toBe(instant);
    }
  });

  it.each([["2026-02-30", "10:00:00"], ["2026-13-01", "10:00:00"], ["2026-03-05", "24:00:00"], ["2026-03-05", "10:60:00"], ["05/03/2026", "10:00"], ["2026-03-05", ""], ["2026-03-05", "diez"]])(
    "%s %s is no time", (day, time) => {
      expect(instantOf(day, time)).toBeNull();
    });
});

describe("elapsed", () => {
  it.each([[-4000, "0 s"], [0, "0 s"], [59_999, "59 s"], [60_000, "1:00"], [3_599_000, "59:59"], [3_600_000, "1:00:00"], [90_061_000, "25:01:01"]])("%d ms is %s", (ms, text) => {
    expect(elapsed(ms)).toBe(text);
  });
});

describe("bytes", () => {
  it.each([[0, "0 B"], [999, "999 B"], [1_500_000, "1.5 MB"], [81_600_000_000_000, "81.6 TB"], [4.2e15, "4200 TB"]])("%d is %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});

describe("a day as people write it", () => {
  it("is whole with its last digit, not on the way there", () => {
    const text = "26/11/2026";
    expect(Array.from(text, (_, i) => text.slice(0, i + 1)).filter(isWholeDay)).toEqual([text]);
    expect(isWholeDay("31/02/2026")).toBe(false);
  });

  it.each([["23/11/2026", "2026-11-23"], [" 5/3/2026 ", "2026-03-05"], ["05-03-26", "2026-03-05"], ["05.03.2026", "2026-03-05"]])("%s is %s", (text, day) => {
    expect(isoOfWritten(text)).toBe(day);
  });
  it.each(["11/23/2026", "31/02/2026", "5/3", "2026-03-05", "5/3/202", "", "hoy"])("%s is none", (text) => {
    expect(isoOfWritten(text)).toBeNull();
  });
});
