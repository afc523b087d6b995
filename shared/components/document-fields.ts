// Fields of a Kubernetes document, read as its program reads them: what is of another type, or empty, counts as not given.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";

export function textIn(document: KubernetesDocument, key: string): string | undefined {
  const value = document[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberIn(document: KubernetesDocument, key: string): number | undefined {
  const value = document[key];
  return typeof value === "number" ? value : undefined;
}
