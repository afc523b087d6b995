// A YAML document changed by paths, its comments kept: how tests change a cluster config.
import { parseDocument } from "yaml";

/** Paths with dots between their parts (a number is a place in a list), and what is put there; undefined takes away. */
export type YamlChange = Readonly<Record<string, unknown>>;

/** The text after the changes, in their order. */
export function changedYaml(text: string, change: YamlChange): string {
  const document = parseDocument(text);
  for (const [path, value] of Object.entries(change)) {
    const parts = path.split(".").map((part) => (/^[0-9]+$/.test(part) ? Number(part) : part));
    if (value === undefined) document.deleteIn(parts);
    else document.setIn(parts, document.createNode(value));
  }
  return document.toString();
}
