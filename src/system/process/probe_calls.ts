/** What probes ask of the machine. Proxies from the environment are not used: a probe looks at the service itself. @module */
import { spawn } from "node:child_process";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { connect } from "node:net";
import process from "./process.ts";

/** An answer to an HTTP request. */
export interface HttpAnswer {
  /** The status code. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most the first 256 KiB. */
  readonly body: string;
}

const BODY_LIMIT = 256 * 1024;

/** A GET without redirects. Rejects with a message for people, at the latest after `timeoutMs`. */
export function httpGet(url: URL, timeoutMs: number, anyCertificate: boolean): Promise<HttpAnswer> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const secure = url.protocol === "https:";
    const request = (secure ? getHttps : getHttp)(url, {
      // A new connection each time: one that was kept could belong to a process that is gone.
      agent: false,
      headers: { "connection": "close", "user-agent": "boot-sentinel" },
      ...(secure ? { rejectUnauthorized: !anyCertificate } : {}),
    }, (response) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      const done = () => {
        const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const bytes = new Uint8Array(size);
        parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(headers),
          body: new TextDecoder().decode(bytes),
        });
        request.destroy();
      };
      response.on("data", (part: Uint8Array) => {
        parts.push(part);
        size += part.length;
        if (size > BODY_LIMIT) done();
      });
      response.on("end", done);
      response.on("error", reject);
    });
    request.on("error", reject);
    return () => request.destroy();
  });
}

/** Connects and hangs up. Rejects with a message for people, at the latest after `timeoutMs`. */
export function tcpConnect(host: string, port: number, timeoutMs: number): Promise<void> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const socket = connect({ host, port });
    socket.on("connect", () => {
      // Bun under wine takes a refusal for a connection; only a real one has somebody at its other end.
      const connected = socket.remotePort !== undefined;
      socket.destroy();
      if (connected) resolve();
      else reject(new Error("nobody listens there"));
    });
    socket.on("error", reject);
    return () => socket.destroy();
  });
}

/** Runs a command line by the shell; resolves to its exit code. It is killed with its children when it is late. */
export function shell(command: string, timeoutMs: number): Promise<number> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const windows = process.platform === "win32";
    // A group of its own, so that a late command goes with all that it started.
    const child = spawn(command, { shell: true, stdio: "ignore", detached: !windows });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
    return () => {
      try {
        if (windows || child.pid === undefined) child.kill("SIGKILL");
        else process.kill(-child.pid, "SIGKILL");
      } catch { /* it has ended meanwhile */ }
    };
  });
}

/** Runs `start`, which returns how to call it off; rejects when it throws or takes too long. */
function withTimer<T>(
  timeoutMs: number,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let callOff = () => {};
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
      callOff();
    }, timeoutMs);
    const settle = <V>(how: (value: V) => void) => (value: V) => {
      clearTimeout(timer);
      how(value);
    };
    try {
      callOff = start(settle(resolve), settle(reject));
    } catch (error) {
      settle(reject)(error as Error);
    }
  });
}
