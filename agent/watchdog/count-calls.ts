// Counts calls under way. Each call to the engine has a deadline of its own, so one that takes long is no silence.

/** The same object; `change` is told 1 when a call begins and -1 when it has ended. Streams do not count. */
export function countCalls<Port extends object>(
  port: Port,
  change: (by: 1 | -1) => void,
  streams: readonly PropertyKey[],
): Port {
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise) || streams.includes(key)) return result;
        change(1);
        return result.finally(() => change(-1));
      };
    },
  });
}
