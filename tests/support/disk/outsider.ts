/** An outsider who acts in the middle of a change. @module */
import type { Fs } from "../../../src/core/ports.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";

/** What is told of a call. */
export type OnCall = (verb: string, args: readonly unknown[]) => void;

/** The same file system, of which each call is told. */
export function observedFs(fs: MemoryFs, on: { readonly before?: OnCall; readonly after?: OnCall }): Fs {
  return new Proxy<Fs>(fs, {
    get(_, verb) {
      const method: unknown = Reflect.get(fs, verb, fs);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        on.before?.(String(verb), args);
        const result: unknown = method.apply(fs, args);
        on.after?.(String(verb), args);
        return result;
      };
    },
  });
}

/** The same file system; after each call of `verb` an outsider acts, who is told the call's arguments. */
export function withOutsider<Verb extends keyof Fs>(
  fs: MemoryFs,
  verb: Verb,
  act: (...args: Parameters<Fs[Verb]>) => void,
): Fs {
  return observedFs(fs, {
    after(called, args) {
      if (called === verb) act(...args as Parameters<Fs[Verb]>);
    },
  });
}
