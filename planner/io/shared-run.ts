// One run of something slow for all who ask for it before it begins.

type Running = { readonly now: Promise<void>; next: Promise<void> | undefined };

/** The same function, whose promise resolves when a run that began after the call has ended. At most one a key is under way. */
export function sharedRun(run: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Running>();
  const begin = async (key: string): Promise<void> => {
    const entry: Running = { now: run(key), next: undefined };
    running.set(key, entry);
    try {
      await entry.now;
    } finally {
      if (entry.next === undefined) running.delete(key);
    }
  };
  return async (key) => {
    const known = running.get(key);
    if (known === undefined) return begin(key);
    const again = (): Promise<void> => begin(key);
    // the one under way may have begun too early
    known.next ??= known.now.then(again, again);
    return known.next;
  };
}
