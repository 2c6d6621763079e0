/** A real browser without a window: Chromium, asked through its debugging protocol. @module */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find((name) =>
  spawnSync(name, ["--version"]).error === undefined
);

/** Why tests in a browser are skipped, or `false`. */
export const noBrowser: string | false = CHROMIUM === undefined && "chromium is missing: apt-get install chromium";

/** One page of the browser. */
export interface BrowserPage {
  /** Calls a method of the protocol. */
  send(method: string, params?: object): Promise<ReturnType<typeof JSON.parse>>;
  /** What an expression comes to in the page. */
  evaluate(expression: string): Promise<ReturnType<typeof JSON.parse>>;
  /** Shows a file at a width, in the light or the dark scheme. */
  show(path: string, width: number, scheme: string): Promise<void>;
  /** The methods and parameters of all that the browser has told. */
  readonly told: readonly { readonly method: string; readonly params: ReturnType<typeof JSON.parse> }[];
}

/** Opens an empty page, with the browser's own files in `dir`. */
export async function inBrowser(dir: string, use: (page: BrowserPage) => Promise<void>): Promise<void> {
  const profile = join(dir, "profile");
  mkdirSync(profile);
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars"];
  const browser = spawn(CHROMIUM ?? "", [...options, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: dir },
    // What it starts ends with it.
    detached: true,
  });
  try {
    const port = new URL(await addressOf(browser)).port;
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const pages = await answer.json() as { type: string; webSocketDebuggerUrl: string }[];
    const { webSocketDebuggerUrl = "" } = pages.find(({ type }) => type === "page") ?? {};
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("The browser does not talk"));
    });
    await use(pageOver(socket));
    socket.close();
  } finally {
    const gone = new Promise((resolve) => browser.once("exit", resolve));
    process.kill(-(browser.pid ?? 0), "SIGKILL");
    await gone;
  }
}

function addressOf(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    browser.stderr?.on("data", (chunk: Uint8Array) => {
      said += new TextDecoder().decode(chunk);
      const [, address] = /DevTools listening on (\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    browser.on("exit", () => reject(new Error(`The browser did not start: ${said}`)));
  });
}

function pageOver(socket: WebSocket): BrowserPage {
  const told: { method: string; params: unknown }[] = [];
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(String(data));
    if (id === undefined) return void told.push({ method, params });
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(JSON.stringify(error)));
  };
  const send = (method: string, params: object = {}) =>
    new Promise<ReturnType<typeof JSON.parse>>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const evaluate = async (expression: string) => {
    const { result } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    return result.value;
  };
  return {
    send,
    told,
    evaluate,
    async show(path, width, scheme) {
      const metrics = { width, height: 844, deviceScaleFactor: 1, mobile: width < 600 };
      await send("Emulation.setDeviceMetricsOverride", metrics);
      await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await send("Page.navigate", { url: `file://${path}` });
      while (await evaluate(`location.protocol === "file:" && document.readyState === "complete"`) !== true);
    },
  };
}
