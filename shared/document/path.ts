// Where something stands in a document, by keys and indexes.
/** Keys and indexes from the document's root. */
export type Path = readonly (string | number)[];

/** `hosts.h1.address`, `containers.web.files[0].path`, `secrets["etcd/ca.crt"]`; "" is the whole document. */
export function formatPath(path: Path): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (!/^[A-Za-z0-9_-]+$/.test(segment)) text += `[${JSON.stringify(segment)}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let here = raw;
  for (const segment of path) {
    if (typeof here !== "object" || here === null) return undefined;
    // an own key of the object or list
    const key = String(segment);
    here = Object.hasOwn(here, key) ? (here as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return here;
}
