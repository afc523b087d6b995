// Which containers are ours: those that we created, whatever labels an image brings along.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { reportFromEngine, withPresentStates } from "#agent/cli/present-report.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { config, mutations, one, settledHost } from "#agent/testing/small-servers.ts";

type Labels = Readonly<Record<string, string>>;

/** Its image is what `docker commit` makes of a container with these labels: a container of it has them all. */
async function fromCommit(host: FakeHost, name: string, labels: Labels): Promise<string> {
  host.engine.images.label("copied:1", labels);
  const spec = plainSpec({ image: "copied:1", networkMode: "bridge", labels });
  const id = await host.engine.create({ name, spec, labels: {}, restart: "no", resources: {} });
  await host.engine.start(id);
  return id;
}

async function labelsOf(host: FakeHost, name: string): Promise<Labels> {
  return (await host.engine.inspect(name)).labels;
}

test("a container from an image that was committed from one of ours is somebody else's: told and left alone", async () => {
  const host = await settledHost(one("server:1"));
  const copy = await fromCommit(host, "mycopy", await labelsOf(host, "web"));
  const before = host.engine.calls.length;

  const report = await reportOfTick(host);

  assert.deepEqual(mutations(host, before), []);
  assert.equal((await host.engine.inspect(copy)).state, "running");
  assert.deepEqual(report.warnings, [
    "container mycopy has its labels from its image: it is not ours and is left alone",
  ]);
  assert.equal(report.result, "settled");
});

test("a copy under our name or under that of a replaced one is in the way and never removed", async () => {
  for (const name of ["web", "web.old"]) {
    const host = await settledHost(one("server:1"));
    const labels = await labelsOf(host, "web");
    if (name === "web") await host.engine.remove("web");
    const copy = await fromCommit(host, name, labels);
    host.give(config(one("server:2")));

    const report = await reportOfTick(host);

    assert.equal(report.blocked[0]?.code, "name-taken");
    assert.equal((await host.engine.inspect(copy)).state, "running");
  }
});

test("a copy from a host of another cluster makes this host nobody else's", async () => {
  const host = await settledHost(one("server:1"));
  await fromCommit(host, "debug", { ...(await labelsOf(host, "web")), "flexkube.cluster": "other" });

  const report = await reportOfTick(host);

  assert.equal(report.result, "settled");
});

test("a copy of a helper is no leftover, nor is a container that only has its label", async () => {
  const host = await settledHost(one("server:1"));
  const labels = { "flexkube.helper": "config", "flexkube.cluster": "demo", "flexkube.host": "h1" };
  await fromCommit(host, "flexkube-config-copy", labels);
  const spec = plainSpec({ image: "server:1", networkMode: "bridge", labels });
  await host.engine.create({ name: "notahelper", spec, labels: {}, restart: "no", resources: {} });
  const before = host.engine.calls.length;

  await host.tick();

  assert.deepEqual(mutations(host, before), []);
});

test("a container that we make of such an image is ours all the same", async () => {
  const host = await settledHost(one("server:1"));
  host.engine.images.label("server:3", await labelsOf(host, "web"));
  host.give(config(one("server:3")));

  await host.settle();

  assert.equal((await host.engine.inspect("web")).image, "server:3");
});

test("one of ours whose image was removed by force stays ours", async () => {
  const host = await settledHost(one("server:1"));
  host.engine.images.remove("server:1");
  const before = host.engine.calls.length;

  const report = await reportOfTick(host);

  assert.deepEqual([report.result, report.warnings, mutations(host, before)], ["settled", [], []]);
});

test("an image's labels are asked for once, and while they cannot be had nothing happens to its container", async () => {
  const host = await settledHost(`${one("server:1")}  other: {image: "server:2"}\n`);
  const agent = await host.newAgent();
  const asked = host.engine.calls.filter(({ method }) => method === "imageLabels").length;
  const sick = {
    ...agent,
    imageLabels: async () => Promise.reject(engineRefused("inspectImage", { status: 500, reason: "no layer" })),
  };
  const before = host.engine.calls.length;

  const report = await reportOfTick(host, { agent: sick });

  assert.equal(asked, 2);
  assert.deepEqual(
    report.blocked.map(({ code }) => code),
    ["unknown", "unknown"],
  );
  assert.deepEqual(mutations(host, before), []);
});

test("status shows no copy as ours, neither without a report nor in place of one that is gone", async () => {
  const host = await settledHost(one("server:1"));
  const report = await reportOfTick(host);
  const labels = await labelsOf(host, "web");
  const { signal } = new AbortController();
  const about = { writtenAt: "2026-01-01T00:00:00Z", agentVersion: "test", stale: "no report", signal };
  await fromCommit(host, "debug", { ...labels, "flexkube.cluster": "other" });
  const beside = await reportFromEngine(host.engine, about);
  for (const name of ["debug", "web"]) await host.engine.remove(name);
  await fromCommit(host, "web", labels);

  assert.deepEqual([beside?.cluster, beside?.components.map(({ name }) => name)], ["demo", ["web"]]);
  assert.deepEqual(
    (await withPresentStates(report, host.engine, { now: 0, signal })).components.map(({ name, state }) => [
      name,
      state,
    ]),
    [["web", "missing"]],
  );
  assert.equal(await reportFromEngine(host.engine, about), undefined);
});
