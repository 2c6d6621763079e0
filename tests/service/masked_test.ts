/** What looks like a secret is not shown; other text is. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { masked } from "../../src/service/masked.ts";

/** How a secret is written, with the secret in it. */
const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => `password=${secret}`,
  (secret) => `connecting with PGPASSWORD=${secret}`,
  (secret) => `env: AWS_SECRET_ACCESS_KEY=${secret} REGION=eu`,
  (secret) => `Server=db;User Id=app;Password=${secret}`,
  (secret) => `GET /hook?api_key=${secret} HTTP/1.1`,
  (secret) => `  db_password: ${secret}\n  host: db`,
  (secret) => `  - token: correct horse ${secret}`,
  (secret) => `{"user":"app","DB_PASSWORD": "${secret} x"}`,
  (secret) => `{'clientSecret': '${secret}', 'port': 1}`,
  (secret) => `"{\\"password\\":\\"${secret}\\",\\"port\\":1}"`,
  (secret) => `secret => "${secret}"`,
  (secret) => `starting: app --token ${secret} --port 1`,
  (secret) => `starting: app --db-password='${secret} x'`,
  (secret) => `["--token","${secret}","--port"]`,
  (secret) => `curl -u admin:${secret} https://x`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `authorization: Basic ${secret}`,
  (secret) => `curl -H 'Authorization: ${secret}' https://x`,
  (secret) => `{"headers":{"authorization":"Bearer ${secret}"}}`,
  (secret) => `Cookie: a=1; session=${secret}`,
  (secret) => `postgres://app:${secret}@db:5432/x failed`,
  (secret) => `redis://:${secret}@cache`,
  (secret) => `DB_PASS=${secret}`,
  (secret) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
  (secret) => `-----BEGIN EC PRIVATE KEY-----\\n${secret}\\n`,
];

// No space, quote, backslash or asterisk: those end a value or are what it is replaced by.
const SECRET = fc.string({
  unit: fc.constantFrom(..."abcXYZ0189!#$%&()+,-./:;<=>?@[]^_{|}~é".split("")),
  minLength: 8,
  maxLength: 24,
}).filter((text) => /^[a-zX-Z0-9]/.test(text));

test("nothing of a secret is left, however it is written", () => {
  fc.assert(fc.property(fc.constantFrom(...FORMS), SECRET, (form, secret) => {
    const shown = masked(form(`hunter2${secret}`));
    assert.ok(!shown.includes("hunter2") && !shown.includes(secret), `${form("SECRET")} gives ${shown}`);
    assert.ok(shown.includes("***"));
  }));
});

test("a secret that is known by its form is not shown, wherever it stands", () => {
  for (
    const secret of [
      "AKIAIOSFODNN7EXAMPLE",
      "ghp_0123456789abcdefghijABCDEFGHIJ012345",
      "glpat-abcdefghij0123456789",
      ["xoxb", "123456789012", "abcdefghij"].join("-"),
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
      "Bearer abc.def-0123",
    ]
  ) {
    const shown = masked(`used ${secret} twice`);
    assert.match(shown, /^used (Bearer )?\*\*\* twice$/);
  }
});

test("what is around a secret stays readable", () => {
  for (
    const [text, shown] of [
      ["password=hunter2 next", "password=*** next"],
      ['{"DB_PASSWORD": "x y","port":1}', '{"DB_PASSWORD": ***,"port":1}'],
      ["app --token abc --port 1", "app --token *** --port 1"],
      ["Authorization: Bearer abc.def", "Authorization: Bearer ***"],
      ["postgres://app:secret@db/x failed", "postgres://***@db/x failed"],
      ['{"msg":"login with password=x","level":"error"}', '{"msg":"login with password=***","level":"error"}'],
    ] as const
  ) assert.equal(masked(text), shown);
});

test("text without a secret is left as it is", () => {
  for (
    const text of [
      "token expired",
      "the secret of success",
      "the token was refused: 401",
      "password authentication failed for user app",
      "option --token is required",
      "app --read-token --port 1",
      "bearer of bad news",
      "http://127.0.0.1:8080/users/a@b: it answers 503",
      "tcp://localhost:5432: the connection was refused",
      "mail to a@b.example failed",
      "passed 3 of 4; pass rate: 75 %",
      "at Object.<anonymous> (/app/src/server.ts:10:5)",
    ]
  ) assert.equal(masked(text), text);
});
