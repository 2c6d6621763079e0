/**
 * Validators for the values in state files. Every boot reads these files before the service starts, and loading a
 * schema library takes longer than the rest of the gate. So the few validators that are needed are here.
 *
 * @module
 */
import { escaped } from "../plain_text.ts";

/** Checks a value and returns it, or throws a {@link ShapeError}. `at` is the value's position in the file. */
export type Shape<T> = (raw: unknown, at: string) => T;

/** A value is not valid. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  /** @param at The position in the file: keys and indices, joined by dots; empty for the whole content. */
  constructor(readonly at: string) {
    super(`${at || "content"} is not valid`);
  }
}

/** A string. */
export const text: Shape<string> = (raw, at) => typeof raw === "string" ? raw : reject(at);

/** A string that is shown to people: without control characters. */
export const words: Shape<string> = (raw, at) => escaped(text(raw, at));

/** The same, not empty. */
export const name: Shape<string> = (raw, at) => words(raw, at) || reject(at);

/** A boolean. */
export const flag: Shape<boolean> = (raw, at) => typeof raw === "boolean" ? raw : reject(at);

/** A finite number. */
export const number: Shape<number> = (raw, at) => typeof raw === "number" && Number.isFinite(raw) ? raw : reject(at);

/** A whole number of at least 0; a number above `most` is read as `most`. */
export const countUpTo = (most: number): Shape<number> => (raw, at) =>
  typeof raw === "number" && Number.isInteger(raw) && raw >= 0 ? Math.min(raw, most) : reject(at);

/** An array, all of whose items are valid. */
export const list = <T>(item: Shape<T>): Shape<T[]> => (raw, at) => {
  if (!Array.isArray(raw)) return reject(at);
  const items: T[] = [];
  for (let index = 0; index < raw.length; index++) items.push(item(raw[index], join(at, index)));
  return items;
};

/** An object with any keys, all of whose values are valid. */
export const map = <T>(item: Shape<T>): Shape<Record<string, T>> => (raw, at) => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return reject(at);
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, item(value, join(at, key))]));
};

/** A value that is replaced by `fallback` if it is missing or not valid. */
export const or = <T, F>(shape: Shape<T>, fallback: F): Shape<T | F> => (raw, at) => {
  try {
    return raw === undefined ? fallback : shape(raw, at);
  } catch (error) {
    if (error instanceof ShapeError) return fallback;
    throw error;
  }
};

/** A value that is omitted if it is missing or not valid. */
export const maybe = <T>(shape: Shape<T>): Shape<T | undefined> => or(shape, undefined);

/** The keys that a type declares, without its index signature. */
type Known<T> = { readonly [K in keyof T as string extends K ? never : K]-?: Shape<T[K]> };

/** An object with these fields; other keys are kept. */
export const object = <T extends object>(fields: Known<T>): Shape<T> => (raw, at) => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return reject(at);
  const value: Record<string, unknown> = { ...raw };
  for (const [key, shape] of Object.entries<Shape<unknown>>(fields)) {
    const part = shape(value[key], join(at, key));
    if (part === undefined) delete value[key];
    else value[key] = part;
  }
  return value as T;
};

function join(at: string, key: string | number): string {
  return at === "" ? String(key) : `${at}.${key}`;
}

function reject(at: string): never {
  throw new ShapeError(at);
}
