// What tests ask for again and again, made once by its key.

/** Gives what was made for the key before, else what `make` makes now; of more than `most` the oldest goes. */
export function boundedMemo<Value>(most: number): (key: string, make: () => Value) => Value {
  const made = new Map<string, Value>();
  return (key, make) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make();
    const [oldest] = made.size < most ? [] : made.keys();
    if (oldest !== undefined) made.delete(oldest);
    made.set(key, fresh);
    return fresh;
  };
}
