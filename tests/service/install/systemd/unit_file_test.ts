/** Reading `systemctl cat`. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { laterResets, readUnitFile, wordsOf } from "../../../../src/service/install/systemd/unit_file.ts";

const DROP_IN = "/etc/systemd/system/x.service.d/50-boot-sentinel.conf";

test("lines are joined, comments between them left out, and an empty value removes those before it", () => {
  const text = `# /lib/systemd/system/x.service
[Service]
ExecStart=/bin/old
ExecStart=
  ExecStart = /bin/new -c "a b" \\
# a comment
; another
  --id %i
ExecStartPre=/a
ExecStartPre=-/b
#ExecStopPost=/c
`;
  assert.deepEqual(readUnitFile(text), {
    ExecStart: ['/bin/new -c "a b"    --id %i'],
    ExecStartPre: ["/a", "-/b"],
    ExecStartPost: [],
    ExecStopPost: [],
  });
});

test("our own drop-in and those after it are left out, those before it are read", () => {
  const text = `# /lib/systemd/system/x.service
ExecStart=/bin/x
ExecStartPre=/of-the-unit
# /etc/systemd/system/x.service.d/10-before.conf
ExecStartPre=/before
# ${DROP_IN}
ExecStartPre=
ExecStartPre=-+/ours
# /etc/systemd/system/x.service.d/90-after.conf
ExecStartPre=/after
`;
  assert.deepEqual(readUnitFile(text, DROP_IN).ExecStartPre, ["/of-the-unit", "/before"]);
  assert.deepEqual(readUnitFile(text).ExecStartPre, ["-+/ours", "/after"]);
});

test("a drop-in after ours that empties one of our lists is found", () => {
  const text = (file: string, line: string) => `# ${DROP_IN}\nExecStartPre=\n# ${file}\n${line}\n`;
  const later = "/etc/systemd/system/x.service.d/90-own.conf";
  assert.deepEqual(laterResets(text(later, "ExecStartPre="), DROP_IN), [later]);
  assert.deepEqual(laterResets(text(later, "ExecStopPost = "), DROP_IN), [later]);
  assert.deepEqual(laterResets(text(later, "ExecStartPre=/x"), DROP_IN), []);
  assert.deepEqual(laterResets(text(later, "ExecStart="), DROP_IN), []);
  assert.deepEqual(laterResets(text(later.replace("90", "10"), "ExecStartPre="), DROP_IN), []);
});

test("the words of a command are without its special characters and quotes", () => {
  assert.deepEqual(
    wordsOf(`-+/bin/a "b c" 'd"e' f\\ g`),
    ["/bin/a", "b c", 'd"e', "f\\", "g"].slice(0, 3).concat("f\\", "g"),
  );
  assert.deepEqual(wordsOf('/bin/a "say \\"x\\""'), ["/bin/a", 'say "x"']);
  assert.deepEqual(wordsOf("@/bin/a name -x"), ["/bin/a", "-x"]);
  assert.deepEqual(wordsOf("-@/bin/a name -x"), ["/bin/a", "-x"]);
  assert.deepEqual(wordsOf("!!/bin/a"), ["/bin/a"]);
});
