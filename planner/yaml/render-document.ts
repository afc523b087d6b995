// Our own YAML documents as text: the same bytes for the same data, strings never to be mistaken for other types.
import { yamlText } from "./yaml-text.ts";

/** The document below a comment of one line. */
export function renderDocument(comment: string, value: object): string {
  return `# ${comment}\n${yamlText(value)}`;
}
