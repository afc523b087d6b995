// A host with an API server and no member, while etcd begins anew elsewhere: the API server of before stops and stays so, and the new
// one starts only for the restored cluster.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFakeCrash } from "#agent/engine/fake/fake-faults.ts";
import type { CrashPoint } from "#agent/engine/fake/fake-faults.ts";
import { config } from "#agent/testing/container-texts.ts";
import { converge } from "#agent/testing/converge.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { assertOneEach, leftoversOf } from "#agent/testing/world-of.ts";
import { Secret } from "#shared/secret.ts";
import type { DesiredState } from "#shared/state/desired.ts";

const pace = { ticks: 12, everyMs: 2000 };

const endpoints = ["https://10.77.0.11:2379", "https://10.77.0.12:2379", "https://10.77.0.13:2379"] as const;
const [first, second, third] = endpoints;
const former = "f0";
const restored = "a1";
const tls = { ca: "", certificate: "", key: new Secret("") };

/** A host config from before the restore, and with it. */
const before = config(`  api: {image: "api:0", restart: always}\n`);
const after = config(`  api: {image: "api:1", restart: always}\n`);

function shaped(state: DesiredState): DesiredState {
  const isAfter = state.containers.some(({ spec }) => spec.image === "api:1");
  return {
    ...state,
    containers: state.containers.map((container) => ({
      ...container,
      component: "kube-apiserver",
      probe: { ...container.probe, settle: "1s", deadline: "5s" },
    })),
    apiServerStorage: { endpoints, tls, ...(isAfter ? { clusterId: restored } : {}) },
  };
}

const all = (id: string): ReadonlyMap<string, string> => new Map(endpoints.map((url) => [url, id]));

/** While etcd is not restored yet, its members say one of these. */
const notYet: readonly (readonly [string, ReadonlyMap<string, string>, RegExp])[] = [
  ["the former cluster works", all(former), /cluster a1, has a leader; .*10\.77\.0\.11:2379 is of cluster f0/],
  ["nobody has a leader", new Map(), /no member of it has a leader$/],
  ["one is of the former cluster still", new Map([...all(restored), [third, former]]), /0\.13:2379 is of cluster f0$/],
  [
    "two are of the former cluster, one answers nothing",
    new Map([
      [first, former],
      [second, former],
    ]),
    /0\.12:2379 is of cluster f0$/,
  ],
];

async function prepare(): Promise<FakeHost> {
  const host = createFakeHost({ "api:0": () => ({}), "api:1": () => ({}) }, { shape: shaped });
  host.give(before);
  await host.settle();
  watch(host);
  host.give(after);
  return host;
}

/** Neither starts before the restored cluster is there: the one because of what it serves, the other of what it would write. */
function watch({ engine, disruption }: FakeHost): void {
  const start = engine.start.bind(engine);
  engine.start = async (id, ...rest) => {
    const name = engine.containers.find((container) => container.id === id)?.name;
    if (name === "api") assert.deepEqual(disruption.etcdClusterIds, all(restored));
    return start(id, ...rest);
  };
}

const states = ({ engine }: FakeHost): readonly string[] =>
  engine.containers.map(({ image, state, restart }) => `${image} ${state} ${restart}`);

describe("an API server without a member on its host, when etcd begins anew", () => {
  for (const [name, told, reason] of notYet)
    test(`stops and waits while ${name}; a host that is switched on again starts nothing either`, async () => {
      const host = await prepare();
      host.disruption.etcdClusterIds = told;

      for (let count = 0; count < 4; count++) {
        const { plan } = await host.tick();

        assert.deepEqual(states(host), ["api:0 exited no"]);
        assert.match(plan?.blocked.map(({ container, reason: why }) => `${container}: ${why}`).join() ?? "", reason);
        host.engine.powerCut();
        host.engine.powerOn();
        assert.deepEqual(states(host), ["api:0 exited no"]);
        await host.clock.sleep(10_000);
      }

      host.disruption.etcdClusterIds = all(restored);
      await converge(host, pace);
      assert.deepEqual(states(host), ["api:1 running always"]);
    });

  test("one that has just ended by itself is not left to the engine's own restarts", async () => {
    const host = await prepare();
    host.disruption.etcdClusterIds = new Map();
    const [api] = host.engine.containers;
    await host.engine.stop(api?.id ?? "", 1);
    assert.deepEqual(states(host), ["api:0 exited always"]);

    await host.tick();
    host.engine.powerCut();
    host.engine.powerOn();

    assert.deepEqual(states(host), ["api:0 exited no"]);
    host.disruption.etcdClusterIds = all(restored);
    await converge(host, pace);
    assert.deepEqual(states(host), ["api:1 running always"]);
  });

  for (const at of ["before", "within", "after"] satisfies readonly CrashPoint[])
    test(`killed ${at} each call, on the way down and up, ends the same`, async () => {
      const reference = await prepare();
      const from = reference.engine.calls.length;
      reference.disruption.etcdClusterIds = all(former);
      await reference.tick();
      reference.disruption.etcdClusterIds = all(restored);
      await converge(reference, pace);
      const count = reference.engine.calls.slice(from).filter(({ mutating }) => mutating).length;
      assert.ok(count > 5, `${count} calls`);

      for (let n = 1; n <= count; n++) {
        const host = await prepare();
        host.disruption.etcdClusterIds = all(former);
        host.engine.faults.crashAfter(n, at);
        try {
          await host.tick();
          host.disruption.etcdClusterIds = all(restored);
          await converge(host, pace);
        } catch (error) {
          if (!isFakeCrash(error)) throw error;
        }
        assertOneEach(host, `${at} call ${n}`);
        host.engine.faults.clear();
        await host.tick();
        if (host.disruption.etcdClusterIds.get(first) === former)
          assert.deepEqual(states(host), ["api:0 exited no"], `${at} call ${n}`);
        host.disruption.etcdClusterIds = all(restored);
        await converge(host, pace);
        assert.deepEqual(states(host), ["api:1 running always"], `${at} call ${n}`);
        assert.deepEqual(leftoversOf(host), [], `${at} call ${n}`);
      }
    });
});
