import assert from "node:assert/strict";
import { test } from "node:test";
import { provenance } from "./provenance.ts";

const made = {
  files: { "flexkube-planner": "bb", "LICENSES.txt": "aa" },
  version: "1.2.3",
  commit: "c0ffee",
  tag: "v1.2.3",
  dependencies: [{ uri: "pkg:npm/zod@4.0.0", digest: { sha512: "cc" } }, { uri: "pkg:deb/debian/libc6@2.36" }],
  tools: { node: "v24.21.0", strip: "GNU strip 2.40" },
};

test("a statement names each file with its digest, what they were made of, by what, and the builder", () => {
  assert.deepEqual(JSON.parse(provenance(made)), {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: "LICENSES.txt", digest: { sha256: "aa" } },
      { name: "flexkube-planner", digest: { sha256: "bb" } },
    ],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:flexkube:release:1",
        externalParameters: { version: "1.2.3", tag: "v1.2.3" },
        internalParameters: { tools: made.tools },
        resolvedDependencies: [
          { uri: "git+flexkube@refs/tags/v1.2.3", digest: { gitCommit: "c0ffee" } },
          { uri: "pkg:deb/debian/libc6@2.36" },
          { uri: "pkg:npm/zod@4.0.0", digest: { sha512: "cc" } },
        ],
      },
      runDetails: { builder: { id: "urn:flexkube:npm-run-release" } },
    },
  });
});

test("a trial has no tag, and the order in which files were made changes no byte", () => {
  const trial = provenance({ ...made, tag: undefined });
  const turned = { ...made, tag: undefined, dependencies: made.dependencies.toReversed() };

  assert.match(trial, /"uri": "git\+flexkube",/);
  assert.doesNotMatch(trial, /"tag"/);
  assert.equal(provenance({ ...turned, files: { "LICENSES.txt": "aa", "flexkube-planner": "bb" } }), trial);
});
