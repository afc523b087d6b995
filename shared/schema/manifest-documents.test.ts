import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, manifestDocuments, valuesOf } from "./manifest-documents.ts";

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

test("a manifest is split at lines of dashes, and empty documents are left out", () => {
  const text = `---\n# a comment\n---\n${configMap("a")}--- # the next\n${configMap("b")}---\n`;

  const { documents, problems } = manifestDocuments(text);

  assert.deepEqual(problems, []);
  assert.deepEqual(
    documents.map(({ objects }) => objects),
    [[{ apiVersion: "v1", kind: "ConfigMap", name: "a" }], [{ apiVersion: "v1", kind: "ConfigMap", name: "b" }]],
  );
});

test("a document keeps its text, so that numbers mean what kubectl makes of them", () => {
  const text = `${configMap("a")}data: {mode: 0644}\n`;

  assert.equal(manifestDocuments(text).documents[0]?.text, `${text}\n`);
});

test("a list is one document of several objects", () => {
  const text = `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: n}}\n  - {apiVersion: v1, kind: Namespace, metadata: {name: n}}\n`;

  assert.deepEqual(manifestDocuments(text).documents[0]?.objects, [
    { apiVersion: "v1", kind: "Secret", namespace: "n", name: "s" },
    { apiVersion: "v1", kind: "Namespace", name: "n" },
  ]);
});

test("what is no object is told with its line", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["text", "1: not an object of Kubernetes: a map with apiVersion, kind and metadata is expected"],
    ["kind: A\nmetadata: {name: a}", "1: apiVersion is missing, or is not text"],
    ["apiVersion: v1\nkind: 1", "1: kind is missing, or is not text"],
    ["apiVersion: v1\nkind: A\nmetadata: {generateName: a}", "1: metadata.name of a A is missing, or is not text"],
    ["apiVersion: v1\nkind: A\nmetadata: {name: 0644}", "1: metadata.name of a A is missing, or is not text"],
    ["apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 1}", "1: metadata.namespace of A a is not text"],
    ["apiVersion: v1\nkind: List\nitems: []", "1: an empty list"],
    ["apiVersion: v1\nkind: List\nitems: [{}]", "1: apiVersion is missing, or is not text"],
    [`${configMap("a")}---\na: 1\na: 2\n`, "6: the same key as in line 1"],
  ];

  const found = cases.map(([text]) => {
    const [first] = manifestDocuments(text).problems;
    return `${first?.line}: ${first?.problem}`;
  });

  assert.deepEqual(
    found,
    cases.map(([, problem]) => problem),
  );
});

test("what others need is applied first, what acts on others last, the rest as it is written", () => {
  const kinds = ["APIService", "Deployment", "ConfigMap", "Zoo", "CustomResourceDefinition", "Namespace", "DaemonSet"];
  const text = kinds.map((kind) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: a}\n`).join("---\n");

  const ordered = inOrder(manifestDocuments(text).documents).map(({ objects }) => objects[0]?.kind);

  assert.deepEqual(ordered, [
    "Namespace",
    "CustomResourceDefinition",
    "ConfigMap",
    "Deployment",
    "Zoo",
    "DaemonSet",
    "APIService",
  ]);
});

test("the values of a manifest are all texts but its names, with what they are in base64", () => {
  const text = `apiVersion: v1
kind: Secret
metadata: {name: database, labels: {app: database}}
stringData: {password: "hunter22", pin: "1"}
data: {token: ${Buffer.from("topsecret\nsecond line").toString("base64")}}
`;

  const values = valuesOf(text);

  for (const value of ["hunter22", "topsecret", "second line"]) assert.ok(values.includes(value), value);
  for (const value of ["1", "database", "Secret"]) assert.ok(!values.includes(value), value);
});
