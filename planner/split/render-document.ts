// Our own YAML documents as text: the same bytes for the same data, strings never to be mistaken for other types.
import { stringify } from "yaml";

/** The document below a comment of one line. */
export function renderDocument(comment: string, value: unknown): string {
  // compat quotes what an older reader, such as a deployment tool on the way, would take for a boolean or a number
  const text = stringify(value, { lineWidth: 0, version: "1.2", compat: "yaml-1.1", aliasDuplicateObjects: false });
  return `# ${comment}\n${text}`;
}
