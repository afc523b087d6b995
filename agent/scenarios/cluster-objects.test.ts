// Objects of the cluster from host configs, with an engine and a Kubernetes API in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineUnreachable } from "#agent/engine/errors.ts";
import type { FakeOutcome } from "#agent/engine/fake/fake-program.ts";
import { recordPath } from "#agent/kubernetes/applied-record.ts";
import { at, textAt } from "#shared/json-fields.ts";
import { applierPath } from "#agent/kubernetes/applier-lease.ts";
import { tick } from "#agent/tick/tick.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { config, configMap, hostWith, pathOf, status, stepsOf } from "#agent/testing/cluster-objects-host.ts";

test("manifests are applied once, the record says what, and no container of a tool is left", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1"), b: configMap("two", "2") } });

  const first = await stepsOf(host);
  const second = await host.tick();

  assert.deepEqual(first, ["apply manifest a (not applied yet)", "apply manifest b (not applied yet)"]);
  assert.deepEqual([second.result, second.plan?.steps], ["settled", []]);
  assert.deepEqual(
    host.engine.containers.map(({ name }) => name),
    ["web"],
  );
  const record = host.kubernetes.object(recordPath)?.["data"];
  assert.deepEqual(Object.keys(record ?? {}), ["manifest.a", "manifest.b"]);
});

test("an API that comes up between two plans of a tick gets its manifests under the lease", async () => {
  const broken = (): FakeOutcome => {
    host.kubernetes.down = false;
    return { endsAfterMs: 5, exitCode: 1 };
  };
  const host = createFakeHost({ "server:1": () => ({}), "broken:1": broken });
  host.give(config({ manifests: { a: configMap("one", "1") } }));
  await host.settle();
  host.kubernetes.down = true;
  host.give(config({ manifests: { a: configMap("one", "2") } }).replace("server:1", "broken:1"));

  assert.deepEqual(await stepsOf(host), [
    "wait until web is healthy, at most 60s (image changed from server:1 to broken:1) FAILED: a container did not become healthy",
    "apply manifest a (its content changed)",
  ]);
});

test("a tick with nothing to do asks for the lease, the record and each object, and changes nothing", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1") } });
  await host.settle();
  host.kubernetes.calls.length = 0;
  const before = host.engine.calls.length;

  await host.tick();

  assert.deepEqual(host.kubernetes.calls, [
    `GET ${applierPath}`,
    `GET ${recordPath}`,
    "GET /api/v1",
    `GET ${pathOf("one")}`,
    // a new process renews
    `GET ${applierPath}`,
    `PUT ${applierPath}`,
  ]);
  assert.deepEqual(
    host.engine.calls.slice(before).map(({ method }) => method),
    ["list", "inspect"],
  );
});

test("another content, a change by hand and a deletion are each applied again, and a status of its own is not", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1") } });
  await host.settle();
  host.give(config({ manifests: { a: configMap("one", "2") } }));
  const content = await stepsOf(host);
  host.kubernetes.edit(pathOf("one"), { data: { key: "by hand" } });
  const byHand = await stepsOf(host);
  host.kubernetes.remove(pathOf("one"));
  const deleted = await stepsOf(host);
  host.kubernetes.edit(pathOf("one"), { status: { seen: true }, data: { theirs: "x" } });
  const besides = await stepsOf(host);

  assert.deepEqual(content, ["apply manifest a (its content changed)"]);
  assert.deepEqual(byHand, ["apply manifest a (ConfigMap kube-system/one was changed)"]);
  assert.deepEqual(deleted, ["apply manifest a (ConfigMap kube-system/one is gone)"]);
  assert.deepEqual(besides, []);
  assert.deepEqual(host.kubernetes.object(pathOf("one"))?.["data"], { key: 2, theirs: "x" });
});

test("what is taken out of the manifests is deleted; what is not ours, or says so, is kept", async () => {
  const kept = configMap("kept", "1").replace("metadata: {", 'metadata: {annotations: {flexkube.io/prune: "false"}, ');
  const host = hostWith({
    manifests: { a: [configMap("one", "1"), configMap("two", "1"), kept].join("---\n"), b: configMap("three", "1") },
  });
  await host.settle();
  host.kubernetes.remove(pathOf("three"));
  host.kubernetes.edit(pathOf("three"), { data: { by: "somebody else" } });
  host.give(config({ manifests: { a: configMap("one", "1") } }));

  const steps = await stepsOf(host);

  assert.deepEqual(steps, [
    "apply manifest a (its content changed)",
    "prune manifest a: delete ConfigMap kube-system/two, forget ConfigMap kube-system/kept (no longer in the manifest)",
    "prune manifest b: forget ConfigMap kube-system/three (the manifest is no longer desired)",
  ]);
  assert.deepEqual(
    host.kubernetes.paths.filter((path) => path.startsWith(pathOf(""))),
    ["flexkube-applied", "kept", "one", "three"].map(pathOf),
  );
  assert.deepEqual(await stepsOf(host), []);
});

test("a kind is defined before objects of it are applied, within one manifest", async () => {
  const zoo = `apiVersion: example.org/v1\nkind: Zoo\nmetadata: {name: z}\n`;
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: zoos.example.org}
spec: {group: example.org, names: {kind: Zoo, plural: zoos}, scope: Namespaced}
`;
  const host = hostWith({ manifests: { a: `${zoo}---\n${definition}` } });

  await host.settle();

  assert.ok(host.kubernetes.object("/apis/example.org/v1/namespaces/default/zoos/z"));
});

test("a manifest that fails rests longer and longer, its reason is told, and the others are applied", async () => {
  const bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ninvalid: the field is immutable\n";
  const host = hostWith({ manifests: { a: bad, b: configMap("two", "2") } });

  const first = await stepsOf(host);
  const resting = await host.tick();
  await host.clock.sleep(10_000);
  const second = await stepsOf(host);
  await host.clock.sleep(10_000);
  const longer = await stepsOf(host);
  host.give(config({ manifests: { a: configMap("one", "1"), b: configMap("two", "2") } }));
  const mended = await stepsOf(host);

  assert.deepEqual(first, [
    "apply manifest b (not applied yet)",
    "apply manifest a (not applied yet) FAILED: kubectl did not apply the manifest",
  ]);
  assert.deepEqual(resting.plan?.blocked, [
    {
      component: "manifest/a",
      container: "manifest/a",
      code: "postponed",
      reason: "kubectl did not apply the manifest: error: the field is immutable",
    },
  ]);
  assert.equal(resting.plan?.steps.length, 0);
  assert.equal(second.length, 1);
  assert.deepEqual(longer, []);
  assert.deepEqual(mended, [
    "apply manifest a (the last apply did not come to its end)",
    "prune manifest a: forget ConfigMap bad (no longer in the manifest)",
  ]);
  const failed = (await host.state.readEvents(50)).filter(({ kind }) => kind === "failed");
  assert.match(failed[0]?.cause ?? "", /the field is immutable/);
  assert.equal(
    await host.state.readConfig("last-good"),
    config({ manifests: { a: configMap("one", "1"), b: configMap("two", "2") } }),
  );
});

test("of a manifest that is a secret no value reaches the report, the events or a label", async () => {
  const password = "correct-horse";
  const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: ${password}}\ninvalid: not ${password}\n`;
  const host = hostWith({ secretManifests: { a: text } });

  const told = await status(host);
  const events = await host.state.readEvents(50);

  assert.match(told, /manifest: error: \[secret\]/);
  for (const shown of [told, JSON.stringify(events), JSON.stringify(host.engine.containers)])
    assert.doesNotMatch(shown, /correct-horse/);
});

test("one host applies: another that has the same objects says who, until the lease is free", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1") } });
  const later = (ms: number): string => new Date(host.clock.now() + ms).toISOString();
  host.kubernetes.edit(applierPath, { spec: { holderIdentity: "h2", leaseDurationSeconds: 60, renewTime: later(0) } });

  const agent = await host.newAgent();
  await tick(agent, new AbortController().signal);
  const other = await tick(agent, new AbortController().signal);
  const told = await status(host);
  await host.clock.sleep(60_000);
  const taken = await stepsOf(host, agent);

  assert.deepEqual([other.result, other.plan?.notes], ["settled", ["the objects of the cluster are applied by h2"]]);
  assert.match(told, /^cluster objects: applied by h2$/m);
  assert.deepEqual(taken, ["apply manifest a (not applied yet)"]);
  assert.match(await status(host), /^cluster objects: applied by h1; manifests in force: 1, releases: 0$/m);
});

test("a host whose objects are older than the cluster's applies none of them and says so, until it gets newer ones", async () => {
  const host = hostWith({ generation: 2, manifests: { a: configMap("one", "2"), b: configMap("two", "2") } });
  await host.settle();
  host.give(config({ generation: 1, manifests: { a: configMap("one", "1") } }));

  const first = await stepsOf(host);
  const { plan, result } = await host.tick();
  const now = { lease: host.kubernetes.object(applierPath), one: host.kubernetes.object(pathOf("one")) };
  host.give(config({ generation: 3, manifests: { a: configMap("one", "3") } }));
  const newer = await stepsOf(host);

  assert.deepEqual(first, []);
  assert.equal(result, "failed");
  assert.deepEqual(
    plan?.blocked.map(({ component, code, reason }) => [component, code, reason]),
    [
      [
        "cluster/objects",
        "waiting",
        "the cluster has objects of generation 2, and this host config's are of generation 1; deliver the newest host config",
      ],
    ],
  );
  assert.equal(textAt(now.lease, "spec", "holderIdentity"), "");
  assert.equal(at(now.one, "data", "key"), 2);
  assert.deepEqual(newer, [
    "apply manifest a (its content changed)",
    "prune manifest b: delete ConfigMap kube-system/two (the manifest is no longer desired)",
  ]);
});

test("an API that is away is waited for, and nothing else stands still", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1") } });
  host.kubernetes.down = true;
  await host.tick();

  const { plan } = await host.tick();

  assert.deepEqual(
    plan?.blocked.map(({ component, code }) => [component, code]),
    [["cluster/objects", "waiting"]],
  );
  assert.equal(host.engine.containers[0]?.state, "running");
  assert.match(await status(host), /^cluster objects: applied by nobody now$/m);
});

test("the key of the applier is in no label, environment or argument of a tool", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1") }, releases: { web: {} } });

  await host.tick();

  const shown = JSON.stringify([host.engine.calls, host.engine.containers]);
  assert.doesNotMatch(shown, /PRIVATE KEY|LS0tLS1CRUdJTiBQUk/);
});

test("a step that the engine refuses fails alone, and is tried again", async () => {
  const host = hostWith({ manifests: { a: configMap("one", "1"), b: configMap("two", "2") } });
  await host.tick();
  host.kubernetes.remove(pathOf("one"));
  host.kubernetes.remove(pathOf("two"));
  host.engine.faults.fail("putArchive", engineUnreachable("putArchive", "gone"));

  const cut = await stepsOf(host);
  await host.clock.sleep(10_000);
  await host.settle();

  assert.equal(cut.length, 2);
  assert.match(cut[1] ?? "", /^apply manifest a .* FAILED/);
  assert.ok(host.kubernetes.object(pathOf("one")));
});
