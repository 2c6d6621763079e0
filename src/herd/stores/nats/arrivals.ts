/** Values that come by themselves, to be read one after the other. @module */

/** What has come and was not read yet. */
export interface Arrivals<T> {
  push(value: T): void;
  /** No more comes, and what was not read is left out. The reader gets the error, if there is one. */
  end(this: void, error?: Error): void;
  /** Waits for each value, until the end. For one reader. */
  all(): AsyncIterable<T>;
}

/**
 * Makes one, with nothing in it.
 *
 * @param idle The longest time between two values, milliseconds, and the error after that time.
 */
export function arrivals<T>(idle?: { readonly ms: number; error(): Error }): Arrivals<T> {
  let values: T[] = [];
  let isOver = false;
  let failure: Error | undefined;
  let wake = () => {};
  const end = (error?: Error) => {
    isOver = true;
    failure = error;
    wake();
  };
  const more = async () => {
    const timer = idle === undefined ? undefined : setTimeout(() => end(idle.error()), idle.ms);
    await new Promise<void>((resolve) => wake = resolve);
    clearTimeout(timer);
  };
  return {
    push(value) {
      values.push(value);
      wake();
    },
    end,
    async *all() {
      while (!isOver) {
        const batch = values;
        values = [];
        for (const value of batch) {
          if (isOver) break;
          yield value;
        }
        if (values.length === 0 && !isOver) await more();
      }
      if (failure !== undefined) throw failure;
    },
  };
}
