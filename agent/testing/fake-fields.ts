// JSON objects as the fake Kubernetes API keeps them: merge patches (RFC 7386) and ownership of fields.

export type Json = Readonly<Record<string, unknown>>;

/** The object after a merge patch: null removes, objects merge, all else replaces. */
export function mergePatched(object: Json, patch: Json): Json {
  const result: Record<string, unknown> = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = mergePatched(isObject(before) ? before : {}, value);
    else if (value !== undefined) result[key] = value;
  }
  return result;
}

/** `fieldsV1` of what a manager sent. */
export function fieldsOf(sent: Json): Json {
  const { apiVersion: _version, kind: _kind, ...rest } = sent;
  return fieldTree(rest, ["name", "namespace", "managedFields"]);
}

/** An entry of managedFields without the fields that somebody else has just set. */
export function withoutFields(entry: unknown, fields: Json): unknown {
  if (!isObject(entry)) return entry;
  const owned = entry["fieldsV1"];
  return isObject(owned) ? { ...entry, fieldsV1: subtracted(owned, fields) } : entry;
}

function fieldTree(value: Json, leaveOut: readonly string[]): Json {
  const entries = Object.entries(value).filter(([key]) => !leaveOut.includes(key));
  return Object.fromEntries(
    entries.map(([key, item]) => [
      `f:${key}`,
      isObject(item) ? fieldTree(item, key === "metadata" ? ["name", "namespace", "managedFields"] : []) : {},
    ]),
  );
}

function subtracted(owned: Json, fields: Json): Json {
  return Object.fromEntries(
    Object.entries(owned).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
      const gone = fields[key];
      if (!isObject(gone)) return [[key, value]];
      if (Object.keys(gone).length === 0) return [];
      return [[key, isObject(value) ? subtracted(value, gone) : value]];
    }),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
