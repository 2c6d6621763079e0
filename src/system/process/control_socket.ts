/**
 * A socket in a folder, by which a process that stays is asked for something by another one of the same user, or root's.
 * It works across the boundaries of containers that share the folder, where a process id would name another process.
 *
 * @module
 */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { basename } from "@std/path/basename.js";
import { dirname } from "@std/path/dirname.js";
import process from "./process.ts";

/** A request and its answer are a line each; nobody sends more. */
const LONGEST = 1000;

/** Others' rights that the socket does not get. */
const OWNER_ONLY = 0o177;

/**
 * Answers requests until it is closed. What a killed process left in its place is replaced.
 *
 * @returns Closes it and removes the socket; rejects when there can be no socket.
 */
export async function answerAt(path: string, answer: (request: string) => string): Promise<() => void> {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // it has left without the answer
    void lineOf(socket).then((request) => socket.end(`${request === undefined ? "" : answer(request)}\n`));
  });
  server.unref();
  try {
    await listen(server, path);
  } catch (error) {
    if (await askAt(path, "", 1000) !== undefined) throw error;
    try {
      unlinkSync(path);
    } catch { /* the next attempt says why there can be none */ }
    await listen(server, path);
  }
  return () => {
    server.close();
    try {
      unlinkSync(path);
    } catch { /* the runtime has removed it */ }
  };
}

/** The answer to a request; `undefined`: nobody answers there. */
export async function askAt(path: string, request: string, timeoutMs: number): Promise<string | undefined> {
  try {
    return await inFolder(path, async (short) => {
      const socket = createConnection(short);
      socket.setTimeout(timeoutMs, () => socket.destroy());
      socket.on("connect", () => socket.write(`${request}\n`));
      try {
        return await lineOf(socket);
      } finally {
        socket.destroy();
      }
    });
  } catch {
    return undefined;
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await inFolder(path, (short) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // The socket is made in this call. Changing its mode afterwards would follow a link in its place.
      const before = process.umask(OWNER_ONLY);
      try {
        server.listen(short, () => resolve());
      } finally {
        process.umask(before);
      }
    }));
}

/** A socket's path has 107 bytes at most, so it is named by a descriptor of its folder. */
async function inFolder<Result>(path: string, act: (short: string) => Promise<Result>): Promise<Result> {
  const folder = openSync(dirname(path), "r");
  try {
    return await act(`/proc/self/fd/${folder}/${basename(path)}`);
  } finally {
    closeSync(folder);
  }
}

/** The first line that comes; `undefined`: the socket was closed before. */
function lineOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\n");
      if (text.length > LONGEST) socket.destroy();
      else if (end >= 0) resolve(text.slice(0, end));
    });
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(undefined));
  });
}
