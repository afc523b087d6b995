// The documents of a Kubernetes manifest: which objects they describe, and their texts in the order in which they are
// applied. The texts stay as they were written, for kubectl reads YAML by rules of its own.
import { parseYaml } from "#shared/document/parse-yaml.ts";

/** An object by what names it. */
export type ObjectRef = {
  readonly apiVersion: string;
  readonly kind: string;
  /** Unset: none, or `default` for kinds that live in namespaces. */
  readonly namespace?: string | undefined;
  readonly name: string;
};

export type ManifestDocument = { readonly text: string; readonly objects: readonly ObjectRef[] };

export type ManifestDocuments = {
  readonly documents: readonly ManifestDocument[];
  /** With the line in the whole text, from 1. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
};

/** Kinds that others need come first, those that act on others last; all else is in between. */
const firstKinds = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "StorageClass",
  "ServiceAccount",
  "Secret",
  "ConfigMap",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Service",
];
const lastKinds = [
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "APIService",
];

/** Splits as kubectl does: at lines that begin with `---`. Documents without content are left out. Never throws. */
export function manifestDocuments(text: string): ManifestDocuments {
  const documents: ManifestDocument[] = [];
  const problems: { line: number; problem: string }[] = [];
  for (const piece of pieces(text)) {
    const { raw, problems: wrong } = parseYaml(piece.text, "");
    const first = wrong[0];
    if (first !== undefined) problems.push({ line: piece.line + (first.line ?? 1) - 1, problem: first.problem });
    else if (raw !== null && raw !== undefined) {
      const found = objectsIn(raw);
      if (typeof found === "string") problems.push({ line: piece.line, problem: found });
      else documents.push({ text: piece.text, objects: found });
    }
  }
  return { documents, problems };
}

/** In the order of application; equal kinds keep the order they have. */
export function inOrder(documents: readonly ManifestDocument[]): readonly ManifestDocument[] {
  return documents.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** Place of a kind in the order of application. */
export function kindRank(kind: string): number {
  const first = firstKinds.indexOf(kind);
  if (first >= 0) return first;
  const last = lastKinds.indexOf(kind);
  return firstKinds.length + (last < 0 ? 0 : 1 + last);
}

/** A list of several kinds comes as late as the last of them. */
function rankOf({ objects }: ManifestDocument): number {
  return Math.max(...objects.map(({ kind }) => kindRank(kind)));
}

function pieces(text: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  let lines: string[] = [];
  let begin = 1;
  const end = (next: number): void => {
    found.push({ text: lines.length === 0 ? "" : `${lines.join("\n")}\n`, line: begin });
    lines = [];
    begin = next;
  };
  for (const [index, line] of text.split("\n").entries())
    if (/^---\s*(#.*)?$/.test(line)) end(index + 2);
    else lines.push(line);
  end(0);
  return found;
}

/** The objects, or what is wrong. */
function objectsIn(raw: unknown): readonly ObjectRef[] | string {
  if (!isRecord(raw)) return "not an object of Kubernetes: a map with apiVersion, kind and metadata is expected";
  const { apiVersion, kind } = raw;
  if (typeof apiVersion !== "string" || apiVersion === "") return "apiVersion is missing, or is not text";
  if (typeof kind !== "string" || kind === "") return "kind is missing, or is not text";
  const { items } = raw;
  if (kind.endsWith("List") && Array.isArray(items)) {
    const all = items.map(objectsIn);
    const wrong = all.find((item) => typeof item === "string");
    if (typeof wrong === "string") return wrong;
    return all.length === 0 ? "an empty list" : all.flatMap((item) => (typeof item === "string" ? [] : item));
  }
  const metadata = isRecord(raw["metadata"]) ? raw["metadata"] : {};
  const { name, namespace } = metadata;
  if (typeof name !== "string" || name === "") return `metadata.name of a ${kind} is missing, or is not text`;
  if (namespace !== undefined && typeof namespace !== "string")
    return `metadata.namespace of ${kind} ${name} is not text`;
  return [{ apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name }];
}

/**
 * Texts in a manifest that no message may repeat: every value but those that name the objects, and what such values
 * are in base64.
 */
export function valuesOf(text: string): readonly string[] {
  const values = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string" || typeof value === "number")
      longLines(String(value)).forEach((line) => values.add(line));
    else if (Array.isArray(value)) value.forEach(collect);
    else if (isRecord(value)) Object.values(value).forEach(collect);
  };
  for (const piece of pieces(text)) {
    const { raw } = parseYaml(piece.text, "");
    if (!isRecord(raw)) continue;
    const { apiVersion: _version, kind: _kind, metadata: _metadata, ...content } = raw;
    collect(content);
  }
  return [...values].toSorted((a, b) => b.length - a.length);
}

function longLines(value: string): readonly string[] {
  const decoded = Buffer.from(value, "base64").toString("utf8");
  return [value, decoded].flatMap((text) => text.split("\n")).filter((line) => line.length >= shortestHidden);
}

/** Shorter values are in every message. */
const shortestHidden = 4;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
