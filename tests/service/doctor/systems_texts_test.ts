/** The texts of the system that the doctor reads: mounts and time spans. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTimeSpan } from "../../../src/service/install/systemd/time_span.ts";
import { mountAt } from "../../../src/system/process/root_faults.ts";

describe("mountAt()", () => {
  const MOUNTS = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n" +
    "30 21 8:2 / /usr ro,relatime - ext4 /dev/sda2 rw\n" +
    "31 21 8:3 /x /opt/my\\040app/server rw - ext4 /dev/sda3 rw\n" +
    "32 21 0:5 / /data rw - tmpfs tmpfs ro\n";

  it("finds the mount that a path lies on, and whether it is read-only", () => {
    assert.deepEqual(mountAt(MOUNTS, "/usr/sbin/x"), { point: "/usr", isReadOnly: true });
    assert.deepEqual(mountAt(MOUNTS, "/usrx"), { point: "/", isReadOnly: false });
    assert.deepEqual(mountAt(MOUNTS, "/opt/my app/server"), { point: "/opt/my app/server", isReadOnly: false });
    assert.equal(mountAt(MOUNTS, "/data/x")?.isReadOnly, true);
    assert.equal(mountAt("", "/x"), undefined);
  });
});

describe("parseTimeSpan()", () => {
  it("reads what systemctl prints", () => {
    assert.deepEqual(["1min 30s", "100ms", "0", "infinity", "2h", "500us", "soon"].map(parseTimeSpan), [
      90_000,
      100,
      0,
      Infinity,
      7_200_000,
      0.5,
      undefined,
    ]);
  });
});
