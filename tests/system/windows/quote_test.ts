import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  batchCommandLine,
  COMMAND_LINE_LIMIT,
  commandLine,
  CommandLineError,
  isBatchFile,
  quoteArgument,
} from "../../../src/system/windows/quote.ts";
import { splitCommandLine } from "../../support/split_command_line.ts";

test("quoteArgument() leaves plain words alone and quotes the rest", () => {
  const cases: Array<[string, string]> = [
    ["plain", "plain"],
    ["", '""'],
    ["two words", '"two words"'],
    ["C:\\dir\\", "C:\\dir\\"],
    ["C:\\my dir\\", '"C:\\my dir\\\\"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\"slash', '"back\\\\\\"slash"'],
    ["tab\there", '"tab\there"'],
    ["no\u00a0break", '"no\u00a0break"'],
  ];
  for (const [argument, expected] of cases) assert.equal(quoteArgument(argument), expected);
});

const words = fc.array(fc.string({ unit: fc.constantFrom("a", " ", "\\", '"', "\t", "%", "&", "é", "\n") }), {
  maxLength: 6,
});

test("commandLine() gives back every argument when it is split by the rules of CommandLineToArgvW", () => {
  fc.assert(
    fc.property(words, (args) => {
      const program = "C:\\Program Files\\Ünï\\svc.exe";
      assert.deepEqual(splitCommandLine(commandLine(program, args)), [program, ...args]);
    }),
    { numRuns: 2000 },
  );
});

test("commandLine() always quotes the program, so that C:\\Program.exe is never tried", () => {
  assert.equal(commandLine("C:\\Program Files\\svc.exe", ["a"]), '"C:\\Program Files\\svc.exe" a');
});

test("commandLine() refuses what no command line can carry", () => {
  assert.throws(() => commandLine("svc.exe", ["a\0b"]), CommandLineError);
  assert.throws(() => commandLine('"svc.exe"', []), CommandLineError);
  assert.throws(() => commandLine("svc.exe", ["x".repeat(COMMAND_LINE_LIMIT)]), CommandLineError);
});

test("isBatchFile() knows the names that Windows would hand to cmd.exe", () => {
  for (const name of ["a.bat", "A.CMD", "a.bat ", "a.cmd.", "a.bat. ."]) assert.ok(isBatchFile(name), name);
  for (const name of ["a.exe", "bat", "a.bat.exe", "cmd"]) assert.ok(!isBatchFile(name), name);
});

test("batchCommandLine() refuses every argument that cmd.exe would take for something else", () => {
  for (const argument of ['"', "%PATH%", "!x!", "a\nb", "a\rb", "a\0b"]) {
    assert.throws(() => batchCommandLine("cmd.exe", "C:\\a.cmd", [argument]), CommandLineError);
  }
  assert.equal(
    batchCommandLine("C:\\cmd.exe", "C:\\my dir\\a.cmd", ["x & y", "z\\"]),
    '"C:\\cmd.exe" /d /e:on /v:off /s /c ""C:\\my dir\\a.cmd" "x & y" "z\\\\""',
  );
});
