// What a tick does with a newer minor version while API servers are older, on a host in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiFollowers } from "#shared/reconcile/testing/api-followers.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";

const programs = {
  "proxy:1.36.3": () => ({}),
  "proxy:1.37.0": () => ({}),
  "other:1": () => ({}),
  "other:2": () => ({}),
};

function config(proxy: string, other: string): string {
  return `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h3
containers:
  other: {image: "${other}", probe: {settle: 1s}}
  proxy: {image: "${proxy}", restart: always, probe: {settle: 1s, deadline: 5s}}
`;
}

async function settledHost(): Promise<FakeHost> {
  const host = createFakeHost(programs, { shape: (desired) => apiFollowers(desired, ["proxy"]) });
  host.give(config("proxy:1.36.3", "other:1"));
  await host.settle();
  return host;
}

const images = ({ engine }: FakeHost): readonly string[] => engine.containers.map(({ image }) => image).toSorted();

test("a first start asks no API server", async () => {
  assert.deepEqual(images(await settledHost()), ["other:1", "proxy:1.36.3"]);
});

test("a newer minor version waits for the API servers, nothing else does, and it follows in the tick in which all have it", async () => {
  const host = await settledHost();
  host.disruption.apiServers.set("h1", "1.37").set("h2", "1.36");
  host.give(config("proxy:1.37.0", "other:2"));

  const waiting = await host.tick();

  assert.deepEqual(images(host), ["other:2", "proxy:1.36.3"]);
  assert.deepEqual(
    waiting.plan?.blocked.map(({ container, code, reason }) => [container, code, reason]),
    [["proxy", "waiting", "it goes to 1.37 only when all API servers have it; h2 has 1.36"]],
  );
  host.disruption.apiServers.set("h2", "1.37");
  await host.settle();
  assert.deepEqual(images(host), ["other:2", "proxy:1.37.0"]);
});

test("while it waits, an older container that ended is started again", async () => {
  const host = await settledHost();
  host.give(config("proxy:1.37.0", "other:1"));
  const [old] = host.engine.containers.filter(({ image }) => image === "proxy:1.36.3");
  await host.engine.stop(old?.id ?? "", 1);

  await host.tick();

  assert.deepEqual(
    host.engine.containers.filter(({ image }) => image.startsWith("proxy")).map(({ id, state }) => [id, state]),
    [[old?.id, "running"]],
  );
});
