// The ephemeral resource flexkube_host_config: a host's config by its hash, and what keeps it from being told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { fakeCore, textIn } from "#planner/terraform/testing/fake-core.ts";
import { isMap } from "#planner/terraform/wire/value.ts";

test("a sealed host config is opened by its identity alone, and what keeps it closed is told at its own attribute", async () => {
  const core = fakeCore();
  const [identity, other] = [await generateX25519Identity(), await generateX25519Identity()];
  const recipients = [await identityToRecipient(identity)];
  await core.apply({ config: smallCluster, recipients, identity_wo: identity });
  const { sealed_pki: sealed, host_hashes: hashes = null } = core.state() ?? {};
  const [sealed_pki, host_hash] = [textIn(sealed), textIn(isMap(hashes) ? hashes["h1"] : null)];
  const asked = { host: "h1", host_hash, sealed_pki, identity };

  const { value, diagnostics } = await core.open(asked);

  assert.deepEqual(diagnostics, []);
  assert.match(textIn(isMap(value) ? value["host_config"] : null), /kind: Host/);
  for (const [change, attribute] of [
    [{ identity: "x" }, "identity"],
    [{ identity: other }, "identity"],
    [{ identity: null }, "identity"],
    [{ sealed_pki: "x" }, "sealed_pki"],
    [{ host: "h9" }, "sealed_pki"],
    [{ host_hash: "x" }, "sealed_pki"],
    [{ sealed_pki: null, pki_directory: "" }, "pki_directory"],
  ] as const) {
    const found = await core.open({ ...asked, ...change });
    assert.deepEqual(found.value, null);
    assert.deepEqual(found.diagnostics[0]?.attribute, { steps: [{ attribute_name: attribute }] });
    assert.ok(!JSON.stringify(found.diagnostics).includes(identity));
  }
});
