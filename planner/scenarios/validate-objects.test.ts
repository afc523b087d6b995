// Problems of manifests and releases, with their places.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { output, plane } from "#planner/testing/kubernetes-problems.ts";
import { tarEntry } from "#planner/testing/packed-chart.ts";

/** What is wrong, the config from line 8 on, and what is printed without the file's name. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "manifests that are none",
    `${plane}manifests:\n  a: { content: "x: [" }\n  b: { content: "{ kind: A, apiVersion: v1 }\\n---\\n{ kind: B }" }\n  c: { content: "" }\n  d: { content: "x: [", secret: true }\n  e: { file: missing.yaml }\n`,
    [
      "12:17: manifests.a.content: line 1: not valid YAML: a [ that is not closed, on h1",
      "13:17: manifests.b.content: line 1: metadata.name of a A is missing, or is not text, on h1",
      "13:17: manifests.b.content: line 3: apiVersion is missing, or is not text, on h1",
      "14:8: manifests.c.content: the manifest holds no object, on h1",
      "15:17: manifests.d.content: line 1: not valid YAML, on h1",
      "16:14: manifests.e.file: missing.yaml does not exist",
    ],
  ],
  [
    "objects that nobody applies",
    "kubernetes: { version: 1.36.3 }\nmanifests: { a: { content: '{ kind: A, apiVersion: v1 }' } }\n",
    ["9:1: manifests: only hosts of the control plane apply it (add the section controlPlane)"],
  ],
];

for (const [what, config, expected] of cases)
  test(`${what}: told with line and column`, async () => {
    assert.deepEqual((await output(config)).toSorted(), expected.toSorted());
  });

test("a release's chart must be a packed chart", async () => {
  const config = `${plane}helmReleases:\n  a: { chart: a.tgz }\n  b: { chart: b.tgz }\n  c: { chart: c.tgz }\n  d: { chart: d.tgz }\n  e: { chart: e.tgz }\n`;

  const lines = await output(config, {
    "a.tgz": gzipSync(Buffer.concat([tarEntry("web/Chart.yaml"), Buffer.alloc(1024)])),
    "b.tgz": Buffer.from("not packed"),
    "c.tgz": gzipSync(Buffer.from("x".repeat(600))),
    "d.tgz": gzipSync(Buffer.concat([tarEntry("Chart.yaml"), Buffer.alloc(1024)])),
    "e.tgz": Buffer.alloc(800_000),
  });

  assert.deepEqual(lines, [
    "13:15: helmReleases.b.chart: b.tgz is not packed by gzip, or holds more than 64 MiB",
    "14:15: helmReleases.c.chart: c.tgz is no tar archive",
    "15:15: helmReleases.d.chart: d.tgz holds no Chart.yaml in a directory; helm package makes such a file",
    "16:15: helmReleases.e.chart: e.tgz is larger than 768 KiB",
  ]);
});
