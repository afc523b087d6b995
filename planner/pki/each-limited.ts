// Asynchronous work on many items, a few at a time.

/**
 * Runs `work` on each item, at most `limit` side by side. The first failure stops what has not begun; it is thrown
 * when everything under way has ended.
 */
export async function eachLimited<T>(
  items: readonly T[],
  options: { readonly limit: number; readonly signal?: AbortSignal | undefined },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    // the workers share one iterator, so each item is taken once
    for (const item of queue) {
      if (failed) return;
      try {
        options.signal?.throwIfAborted();
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(options.limit, items.length) }, worker));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
