// Plans and applies of arbitrary clusters: the provider keeps its word whatever changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryCluster, clusterText } from "#planner/testing/arbitrary-cluster.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { ownValue } from "#shared/own-value.ts";
import { errorsIn, fakeCore } from "#planner/terraform/testing/fake-core.ts";
import { isMap, unknown } from "#planner/terraform/wire/value.ts";
import type { Value } from "#planner/terraform/wire/value.ts";

function entry(value: Value | undefined, key: string): Value | undefined {
  return value !== undefined && isMap(value) ? ownValue(value, key) : undefined;
}

test("with a new host only what rests on its keys is unknown", async () => {
  const core = fakeCore();
  await core.apply({ config: kubernetesCluster });
  const again = await core.plan({ config: kubernetesCluster });
  const config = kubernetesCluster.replace("kubernetes:", "  h4: { address: 10.77.0.14 }\nkubernetes:");

  const { values } = await core.apply({ config });

  assert.equal(again.isChange, false);
  const { ca_certificates: cas, kubeconfig } = core.state() ?? {};
  assert.deepEqual([values["ca_certificates"], values["kubeconfig"]], [cas, kubeconfig]);
  assert.equal(values["pki"], unknown);
  assert.equal(entry(values["host_hashes"], "h4"), unknown);
});

test("a kubeconfig is kept while it leads there, and made anew before it ends", async () => {
  const core = fakeCore();
  const yearMs = 365 * 24 * 3_600_000;
  await core.apply({ config: kubernetesCluster });
  const first = core.state()?.["kubeconfig"];
  core.clock.now += yearMs / 2;
  await core.apply({ config: kubernetesCluster });
  const kept = core.state()?.["kubeconfig"];

  core.clock.now += yearMs / 4;
  const { values } = await core.apply({ config: kubernetesCluster });

  assert.equal(kept, first);
  assert.equal(values["kubeconfig"], unknown);
  assert.notEqual(core.state()?.["kubeconfig"], first);
});

test("from any cluster to any other of its name: what is planned is applied, then nothing is left to do, and the CAs stay", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryCluster,
      arbitraryCluster,
      fc.constantFrom({}, { pki_directory: "pki" }),
      async (first, second, place) => {
        const core = fakeCore();
        const founded = await core.apply({ config: clusterText(first), ...place });
        if (errorsIn(founded.diagnostics).length > 0) return;
        const before = core.state()?.["ca_certificates"];
        const changed = await core.apply({ config: clusterText(second), ...place });
        if (errorsIn(changed.diagnostics).length > 0) return;
        const after = core.state()?.["ca_certificates"];
        const again = await core.plan({ config: clusterText(second), ...place });

        assert.equal(again.isChange, false);
        const both = Object.keys(before ?? {}).filter((id) => Object.keys(after ?? {}).includes(id));
        for (const id of both) assert.equal(entry(before, id), entry(after, id));
      },
    ),
    { numRuns: 15 },
  );
});
