// Records in one order, so that the order in which a person wrote a map never reaches an output.

/** Entries of a record, sorted by key. */
export function sortedEntries<Value>(record: Readonly<Record<string, Value>>): readonly (readonly [string, Value])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The same record with its keys sorted. */
export function sortedRecord<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(sortedEntries(record));
}
