/**
 * What values from a state file must look like. Every boot reads such files before the service starts, and a schema
 * library costs more there than all the rest of the gate: hence these few.
 *
 * @module
 */

/** Takes a value as it is, or throws a {@link Misfit}. */
export type Shape<T> = (raw: unknown, at: string) => T;

/** A value does not have its shape. */
export class Misfit extends Error {
  override readonly name = "Misfit";

  /** @param at Where in the file: keys and indices, joined by points; empty for the whole. */
  constructor(readonly at: string) {
    super(`${at || "content"} is not valid`);
  }
}

/** A text. */
export const text: Shape<string> = (raw, at) => typeof raw === "string" ? raw : misfit(at);

/** A text that is not empty. */
export const name: Shape<string> = (raw, at) => text(raw, at) || misfit(at);

/** True or false. */
export const flag: Shape<boolean> = (raw, at) => typeof raw === "boolean" ? raw : misfit(at);

/** A finite number. */
export const number: Shape<number> = (raw, at) => typeof raw === "number" && Number.isFinite(raw) ? raw : misfit(at);

/** A whole number from 0 on; what is above `most` counts as `most`. */
export const countUpTo = (most: number): Shape<number> => (raw, at) =>
  typeof raw === "number" && Number.isInteger(raw) && raw >= 0 ? Math.min(raw, most) : misfit(at);

/** A list, all of whose items have the shape. */
export const list = <T>(item: Shape<T>): Shape<T[]> => (raw, at) => {
  if (!Array.isArray(raw)) return misfit(at);
  const items: T[] = [];
  for (let index = 0; index < raw.length; index++) items.push(item(raw[index], join(at, index)));
  return items;
};

/** The shape, or else `fallback`: a part that is missing or bad never costs the whole. */
export const or = <T, F>(shape: Shape<T>, fallback: F): Shape<T | F> => (raw, at) => {
  try {
    return raw === undefined ? fallback : shape(raw, at);
  } catch (error) {
    if (error instanceof Misfit) return fallback;
    throw error;
  }
};

/** The shape, or else nothing. */
export const maybe = <T>(shape: Shape<T>): Shape<T | undefined> => or(shape, undefined);

/** The keys that a type names. */
type Known<T> = { readonly [K in keyof T as string extends K ? never : K]-?: Shape<T[K]> };

/** An object with such fields; other keys are kept. */
export const object = <T extends object>(fields: Known<T>): Shape<T> => (raw, at) => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return misfit(at);
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

function misfit(at: string): never {
  throw new Misfit(at);
}
