// Looking a name up in a record: names come from users, and `constructor` is no key of a record that does not say it.

/** The record's own value under that key; undefined when it has none. */
export function ownValue<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
