/** Interpreters and wrappers are known by their names, and what they start is found. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardHint, interpreterOf } from "../../src/service/interpreters.ts";

test("interpreters and wrappers are known by their names, whatever their version", () => {
  const names =
    "/usr/bin/node /usr/bin/nodejs deno bun /usr/bin/python3 python3.11 /opt/venv/bin/python3.12 pypy3 ruby3.1 " +
    "perl5.36 php8.2 lua5.4 Rscript /usr/lib/jvm/bin/java dotnet mono sh /bin/bash dash busybox env sudo doas su runuser " +
    "setpriv setsid nice ionice taskset chrt flock numactl chroot unshare nsenter timeout stdbuf tini dumb-init docker " +
    "podman systemd-run /usr/local/bin/boot-sentinel C:\\\\node\\\\node.exe";
  assert.deepEqual(names.split(" ").filter((path) => interpreterOf(path) === undefined), []);
});

test("a service's own program is no interpreter, even if its name has one in it", () => {
  const own =
    "/opt/app/server /usr/sbin/nginx /opt/node-exporter/node_exporter javad python-app shadow /opt/node/app 7z";
  assert.deepEqual(own.split(" ").filter((path) => interpreterOf(path) !== undefined), []);
});

test("the script, the jar or the program behind a wrapper is the one to guard", () => {
  const files = ["/opt/app.js", "/opt/app.jar", "/opt/server", "/usr/bin/node", "/usr/bin/python3", "/etc/conf"];
  const hint = (line: string) => guardHint(line.split(" "), (path) => files.includes(path));
  for (
    const [line, expected] of [
      ["/usr/bin/node --enable-source-maps /opt/app.js --port 1", "/opt/app.js"],
      ["/usr/bin/java -Xmx1g -jar /opt/app.jar --conf /etc/conf", "/opt/app.jar"],
      ["/usr/bin/env A=1 /usr/bin/node /opt/app.js", "/opt/app.js"],
      ["/usr/bin/sudo -u app /opt/server -c /etc/conf", "/opt/server"],
      ["/usr/bin/flock /run/lock /opt/server", "/opt/server"],
      ["/bin/sh -c /opt/server", undefined],
      ["/usr/bin/python3 -m http.server", undefined],
      ["/usr/bin/python3 -m gunicorn --config /etc/conf", undefined],
      ["/usr/bin/python3 -u -W error /opt/server /etc/conf", "/opt/server"],
      ["/usr/bin/env -u HOME /usr/bin/python3 -u /opt/server", "/opt/server"],
      ["/usr/bin/node -r /etc/conf /opt/app.js", "/opt/app.js"],
    ] as const
  ) assert.equal(hint(line), expected, line);
});
