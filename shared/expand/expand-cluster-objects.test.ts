import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredClusterObjects } from "#shared/state/applied-objects.ts";
import { hostConfig, type HostConfigInput } from "./testing/host-config-builder.ts";
import { expand } from "./expand.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: zoos.example.org}\n`;
const zoo = `apiVersion: example.org/v1\nkind: Zoo\nmetadata: {name: z}\n`;
const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n`;

type Section = NonNullable<HostConfigInput["clusterObjects"]>;

function objects(
  manifests: NonNullable<Section["manifests"]>,
  releases: NonNullable<Section["releases"]> = {},
  secrets = {},
): DesiredClusterObjects {
  const api = { server: "https://127.0.0.1:7443", certificate: "crt", key: "key", ca: "ca" };
  const config = hostConfig({
    clusterObjects: { api, kubectlImage: "kubectl:1", helmImage: "helm:1", manifests, releases },
    secrets: { crt: "c", key: "k", ca: "a", chart: "H4sI", ...secrets },
  });
  const { clusterObjects } = expand(config);
  assert.ok(clusterObjects);
  return clusterObjects;
}

function textsOf(manifests: ReturnType<typeof objects>["manifests"]): unknown {
  return manifests.map(({ name, parts }) => [
    name,
    parts.map(({ content, awaits }) => [
      typeof content === "string" ? content : content.reveal(),
      awaits.map((object) => object.name),
    ]),
  ]);
}

test("manifests are sorted by name, their documents by kind", () => {
  const { manifests } = objects({ b: { content: zoo }, a: { content: `${zoo}---\n${namespace}` } });

  assert.deepEqual(textsOf(manifests), [
    ["a", [[`${namespace}\n---\n${zoo}`, []]]],
    ["b", [[`${zoo}\n`, []]]],
  ]);
});

test("definitions of kinds, and namespaces with them, are a part of their own that is awaited", () => {
  const { manifests } = objects({ a: { content: [zoo, definition, namespace].join("---\n") } });

  assert.deepEqual(textsOf(manifests), [
    [
      "a",
      [
        [`${namespace}\n---\n${definition}`, ["zoos.example.org"]],
        [zoo, []],
      ],
    ],
  ]);
});

test("a manifest that is a secret stays one", () => {
  const secret = objects({ a: { secret: "manifest" } }, {}, { manifest: zoo });

  assert.deepEqual(JSON.parse(JSON.stringify(secret.manifests[0]?.parts)), [{ content: "[secret]", awaits: [] }]);
  assert.doesNotMatch(JSON.stringify(secret), /example.org\/v1.*metadata/);
});

test("a release's digest covers chart, values and namespace, and not how long Helm may take", () => {
  const digest = (release: object, secrets = {}): string | undefined =>
    objects({}, { r: { chart: "chart", ...release } }, secrets).releases[0]?.digest;
  const base = digest({});

  assert.equal(digest({ wait: false, timeout: "1h" }), base);
  for (const other of [digest({ values: { a: 1 } }), digest({ namespace: "n" }), digest({}, { chart: "H4sIA" })])
    assert.notEqual(other, base);
});
