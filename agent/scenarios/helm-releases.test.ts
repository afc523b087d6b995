// Releases from host configs: Helm works beside the ticks, with an engine and a Kubernetes API in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { tick } from "#agent/tick/tick.ts";
import { recordPath } from "#agent/kubernetes/applied-record.ts";
import { helmMs } from "#agent/testing/fake-tools.ts";
import { config, hostWith, stepsOf } from "#agent/testing/cluster-objects-host.ts";

test("a release is installed by Helm beside the ticks, recorded when it has ended, and upgraded for other values", async () => {
  const host = hostWith({ releases: { web: { values: { a: 1 } } } });

  const started = await stepsOf(host);
  const atWork = await host.tick();
  await host.clock.sleep(helmMs);
  const settled = await stepsOf(host);
  const quiet = await stepsOf(host);
  host.give(config({ releases: { web: { values: { a: 2 } } } }));
  const upgraded = await stepsOf(host);

  assert.deepEqual(started, ["install release web in apps (not installed yet)"]);
  assert.equal(atWork.plan?.blocked[0]?.reason, "helm is at work on its install");
  assert.deepEqual(settled, ["settle the install of release web (helm has ended, or should have)"]);
  assert.deepEqual(quiet, []);
  assert.deepEqual(upgraded, ["install release web in apps (chart or values changed)"]);
});

test("Helm whose image the engine does not tell about is waited for, never joined by a second one, nor taken for a leftover", async () => {
  const host = hostWith({ releases: { web: {} } });
  await host.tick();
  const helms = (): readonly string[] =>
    host.engine.containers.filter(({ name }) => name.includes("helm")).map(({ id }) => id);
  const [first] = helms();
  const refused = engineRefused("inspectImage", { status: 500, reason: "no layer" });

  const blind = { ...(await host.newAgent()), imageLabels: async () => Promise.reject(refused) };
  const { plan } = await tick(blind, new AbortController().signal);
  await host.clock.sleep(helmMs);
  const later = { ...(await host.newAgent()), imageLabels: async () => Promise.reject(refused) };
  await tick(later, new AbortController().signal);

  assert.match(
    plan?.blocked.map(({ reason }) => reason).join() ?? "",
    /whether flexkube-helm-.* is helm at work on it cannot be told: .*no layer/,
  );
  assert.deepEqual(helms(), [first]);
  assert.deepEqual(await stepsOf(host), ["settle the install of release web (helm has ended, or should have)"]);
});

test("a container is started again while Helm is at work", async () => {
  const host = hostWith({ releases: { web: {} } });
  await host.tick();
  const web = host.engine.containers.find(({ name }) => name === "web");
  await host.engine.stop(web?.id ?? "", 1);

  await host.tick();

  assert.equal(host.engine.containers.find(({ name }) => name === "web")?.state, "running");
});

test("Helm that fails is told of and tried again later", async () => {
  const host = hostWith({ releases: { web: { values: { fail: true } } } });
  await host.tick();
  await host.clock.sleep(helmMs);

  const failed = await stepsOf(host);
  const { plan } = await host.tick();
  await host.clock.sleep(10_000);
  const again = await stepsOf(host);

  assert.deepEqual(failed, ["settle the install of release web (helm has ended, or should have) FAILED: helm failed"]);
  assert.match(plan?.blocked[0]?.reason ?? "", /a hook did not succeed/);
  assert.deepEqual(again, ["install release web in apps (not installed yet)"]);
});

test("a release that is no longer desired is uninstalled", async () => {
  const host = hostWith({ releases: { web: {} } });
  await host.tick();
  await host.clock.sleep(helmMs);
  await host.tick();
  host.give(config({}));

  const started = await stepsOf(host);
  await host.clock.sleep(helmMs);
  const settled = await stepsOf(host);

  assert.deepEqual(started, ["uninstall release web from apps (no longer desired)"]);
  assert.deepEqual(settled, ["settle the uninstall of release web (helm has ended, or should have)"]);
  assert.deepEqual(
    host.kubernetes.paths.filter((path) => path.includes("helm")),
    [],
  );
  assert.deepEqual(host.kubernetes.object(recordPath)?.["data"], {});
});
