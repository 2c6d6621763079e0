/**
 * The network requests and commands of probes. Proxies in the environment are not used: a probe checks the service
 * itself.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { connect } from "node:net";
import process from "./process.ts";

/** An answer to an HTTP request. */
export interface HttpAnswer {
  /** The status code. */
  readonly status: number;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, at most the first 256 KiB. */
  readonly body: string;
}

const BODY_LIMIT = 256 * 1024;

/** A GET request; redirects are not followed. Rejects with a message for people, at the latest after `timeoutMs`. */
export function httpGet(url: URL, timeoutMs: number, anyCertificate: boolean): Promise<HttpAnswer> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const secure = url.protocol === "https:";
    const request = (secure ? getHttps : getHttp)(url, {
      // A new connection for each request: a kept one could be to a process that is being stopped.
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

/** Connects and closes the connection. Rejects with a message for people, at the latest after `timeoutMs`. */
export function tcpConnect(host: string, port: number, timeoutMs: number): Promise<void> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const socket = connect({ host, port });
    socket.on("connect", () => {
      // Bun under wine also reports a refused connection as connected, but without a remote port.
      const connected = socket.remotePort !== undefined;
      socket.destroy();
      if (connected) resolve();
      else reject(new Error("the connection was refused"));
    });
    socket.on("error", reject);
    return () => socket.destroy();
  });
}

/**
 * Runs a shell command; resolves to its exit code. At the timeout, and when it is called off, it is killed with its
 * child processes, and this rejects.
 */
export function shell(command: string, timeoutMs: number, callOff?: AbortSignal): Promise<number> {
  return withTimer(timeoutMs, (resolve, reject) => {
    const windows = process.platform === "win32";
    // A process group of its own, so that its child processes can be killed with it.
    const child = spawn(command, { shell: true, stdio: "ignore", detached: !windows });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
    const kill = () => {
      try {
        if (windows || child.pid === undefined) child.kill("SIGKILL");
        else process.kill(-child.pid, "SIGKILL");
      } catch { /* it has already ended */ }
    };
    callOff?.addEventListener("abort", () => {
      reject(new Error("it was called off"));
      kill();
    });
    return kill;
  });
}

/** Runs `start`, which returns a function that cancels it. Rejects when it throws or at the timeout. */
function withTimer<T>(
  timeoutMs: number,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let cancel = () => {};
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
      cancel();
    }, timeoutMs);
    const settle = <V>(how: (value: V) => void) => (value: V) => {
      clearTimeout(timer);
      how(value);
    };
    try {
      cancel = start(settle(resolve), settle(reject));
    } catch (error) {
      settle(reject)(error as Error);
    }
  });
}
