/** An outsider who acts in the middle of a change. @module */
import type { Fs } from "../../../src/core/ports.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";

/** The same file system; after each call of `verb` an outsider acts, who is told the call's arguments. */
export function withOutsider<Verb extends keyof Fs>(
  fs: MemoryFs,
  verb: Verb,
  act: (...args: Parameters<Fs[Verb]>) => void,
): Fs {
  return new Proxy<Fs>(fs, {
    get(_, key) {
      const method: unknown = Reflect.get(fs, key, fs);
      if (typeof method !== "function" || key !== verb) return typeof method === "function" ? method.bind(fs) : method;
      return (...args: Parameters<Fs[Verb]>) => {
        const result = method.apply(fs, args);
        act(...args);
        return result;
      };
    },
  });
}
