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
