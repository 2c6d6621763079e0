/** Fetches a text of some size over HTTPS. @module */
import { readFileSync } from "node:fs";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";

/** How a text is fetched. */
export interface GetOptions {
  /** The file with the certificates that are trusted, PEM. @default those of the system */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
}

/** A larger text is refused, bytes. */
const LIMIT = 16 << 20;

/** The text at a URL; redirects are not followed. Rejects with a message for people, at the latest after the timeout. */
export function getText(url: URL, { ca, timeoutMs }: GetOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === "https:";
    const options = { agent: false, ...isSecure && ca !== undefined ? { ca: readFileSync(ca) } : {} };
    const request = (isSecure ? getHttps : getHttp)(url, options, (response) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      if (response.statusCode !== 200) request.destroy(new Error(`it answers ${response.statusCode}`));
      response.on("data", (part: Uint8Array) => {
        parts.push(part);
        size += part.length;
        if (size > LIMIT) request.destroy(new Error(`it is larger than ${LIMIT >> 20} MiB`));
      });
      response.on("end", () => {
        clearTimeout(timer);
        const decoder = new TextDecoder();
        resolve(parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode());
      });
      response.on("error", reject);
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
