// Configuration documents of Kubernetes programs: merged, and written as text.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";

type Value = KubernetesDocument[string];

/** JSON, which is YAML too, with sorted keys. Unlike the canonical form it keeps what is empty: it may mean something. */
export function documentText(document: KubernetesDocument): string {
  return `${JSON.stringify(sortedKeys(document), undefined, 2)}\n`;
}

/** `document` with `added` in it: objects are merged, anything else is replaced. */
export function withAdded(document: KubernetesDocument, added: KubernetesDocument): KubernetesDocument {
  const merged = Object.entries(added).map(([key, value]): readonly [string, Value] => {
    const present = document[key];
    return [key, isObject(present) && isObject(value) ? withAdded(present, value) : value];
  });
  return { ...document, ...Object.fromEntries(merged) };
}

function sortedKeys(value: Value): Value {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(sortedEntries(value).map(([key, item]) => [key, sortedKeys(item)]));
}

function isObject(value: Value | undefined): value is KubernetesDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
