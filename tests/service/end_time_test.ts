/** Dates and times from now, as `--until` takes them. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endTime } from "../../src/service/end_time.ts";

test("a date begins at midnight, UTC; a time has the zone that is given, else UTC; a span begins now", () => {
  const now = Date.UTC(2026, 0, 1);
  for (
    const [text, end] of [
      ["2026-12-31", "2026-12-31T00:00:00.000Z"],
      ["2026-12-31T18:00", "2026-12-31T18:00:00.000Z"],
      ["2026-12-31 18:00:30Z", "2026-12-31T18:00:30.000Z"],
      ["2026-12-31T18:00+02:00", "2026-12-31T16:00:00.000Z"],
      ["2h", "2026-01-01T02:00:00.000Z"],
      ["60d", "2026-03-02T00:00:00.000Z"],
    ] as const
  ) assert.equal(new Date(endTime(text, now) ?? 0).toISOString(), end, text);
  for (
    const text of ["2026-02-30", "2026-02-30T18:00", "", "soon", "2026", "2026-13-01", "31.12.2026", "99999999d", "-3d"]
  ) {
    assert.equal(endTime(text, now), undefined, text);
  }
});
