// Names and texts by which registries and mirrors find the provider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callerEnvironment, askedBy, handshakeLine } from "#planner/terraform/plugin/handshake.ts";
import { packageEntries, packageName, registryManifest, sumsText } from "./provider-package.ts";

test("files of a version are named as registries expect", () => {
  assert.equal(packageName("0.1.0", "linux_amd64.zip"), "terraform-provider-flexkube_0.1.0_linux_amd64.zip");
  assert.equal(packageName("0.1.0", "manifest.json"), "terraform-provider-flexkube_0.1.0_manifest.json");
  assert.equal(packageName("0.1.0", "SHA256SUMS"), "terraform-provider-flexkube_0.1.0_SHA256SUMS");
});

test("an archive has the executable under the name of its version, and the licences", () => {
  assert.deepEqual(packageEntries("0.1.0", Buffer.from("x"), "all"), [
    { name: "LICENSES.txt", content: Buffer.from("all"), isExecutable: false },
    { name: "terraform-provider-flexkube_v0.1.0", content: Buffer.from("x"), isExecutable: true },
  ]);
});

test("the manifest says the protocol that the provider answers with", () => {
  const asked = askedBy(callerEnvironment) ?? assert.fail();
  const [, answered] = handshakeLine("/s", undefined, asked).split("|");

  assert.deepEqual(JSON.parse(registryManifest()), { version: 1, metadata: { protocol_versions: [`${answered}.0`] } });
});

test("checksums are in the order of names", () => {
  assert.equal(
    sumsText([
      ["b", "2"],
      ["a", "1"],
    ]),
    "1  a\n2  b\n",
  );
});
