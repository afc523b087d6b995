// Members of each supported minor version that come, move and go by their agents' parts alone, each agent with its own wish.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pino } from "pino";
import { createDisruption } from "#agent/disruption/disruption.ts";
import { gatherEtcdEvidence } from "#agent/etcd/evidence.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import { raftIndex, realMember, startEtcd } from "#lab/real-etcd.ts";
import type { RealMember, Running } from "#lab/real-etcd.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { hasEtcd, labEtcd } from "#lab/etcd-program.ts";
import { eventually } from "#lab/eventually.ts";
import type { Clock } from "#shared/clock.ts";
import { Secret } from "#shared/secret.ts";
import { isAsWished } from "#shared/etcd-members/judge-members.ts";
import { decideEtcdStart, etcdStartArguments } from "#shared/reconcile/etcd/etcd-start.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";
import { changeText } from "./change-text.ts";
import { doMembers } from "./do-members.ts";
import type { MembersTurn } from "./do-members.ts";
import { etcdMembersHost } from "./etcd-members-host.ts";
import type { MembersMemory } from "./members-host.ts";

const limits = { deadlineMs: 10_000 };
let aheadMs = 0;
const clock: Clock = {
  now: () => Date.now() + aheadMs,
  sleep: async (ms, signal) => setTimeout(ms, undefined, { signal }),
};

/** Three hosts; each begins its member when etcd lists it, as a tick does. */
async function world(context: TestContext, minor: "3.5" | "3.6" | "3.7") {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory);
  const place = { etcd: await labEtcd(minor), directory, pki };
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  const disruption = createDisruption({
    connect: () => assert.fail("no Kubernetes here"),
    clock,
    sightings: createSightings(clock, { boot: undefined, before: undefined }),
  });
  const running = new Map<string, Running>();
  const memories = new Map<string, MembersMemory>();
  let nonce = 0;

  const startRule = (self: RealMember, all: readonly RealMember[]): EtcdStartRule => ({
    name: self.name,
    peerUrl: self.peer,
    dataDirectory: "/var/lib/etcd",
    initialCluster: all.map(({ name, peer }) => `${name}=${peer}`).join(","),
    token: "t",
    bootstrap: false,
    peers: all
      .filter(({ name }) => name !== self.name)
      .map(({ name, peer, client }) => ({ name, peerUrl: peer, clientUrl: client })),
    tls,
    changesItself: true,
  });
  const found = (self: RealMember): void => {
    const args = etcdStartArguments({ ...startRule(self, [self]), bootstrap: true }, "new");
    running.set(self.name, startEtcd(context, self, place, args));
  };
  /** With the data that it has. */
  const restart = async (self: RealMember): Promise<void> => {
    await running.get(self.name)?.stop();
    running.set(self.name, startEtcd(context, self, place, []));
  };
  const begin = async (self: RealMember, all: readonly RealMember[]): Promise<void> => {
    const rule = startRule(self, all);
    const evidence = await gatherEtcdEvidence(rule, { deadlineMs: 1000 });
    const decision = decideEtcdStart(rule, { isPresent: false }, evidence);
    if (!("start" in decision)) return;
    running.set(self.name, startEtcd(context, self, place, etcdStartArguments(rule, decision.start, evidence)));
  };
  const turn = async (self: RealMember, all: readonly RealMember[], generation: number): Promise<MembersTurn> => {
    const others = all.filter(({ name }) => name !== self.name);
    const endpoints = [...others, self].map(({ client }) => client);
    const rule: EtcdMembersRule = {
      cluster: "demo",
      host: self.name,
      self: self.name,
      container: `etcd-${self.name}`,
      token: "t",
      wish: { generation, digest: `${generation}`, members: all.map(({ name, peer }) => ({ name, peerUrl: peer })) },
      endpoints,
      tls,
    };
    const memory = memories.get(self.name) ?? {
      told: undefined,
      inSync: new Set(),
      silentSince: new Map(),
      wellSince: undefined,
    };
    memories.set(self.name, memory);
    const store = { kind: "etcd", prefix: "/flexkube/demo/disruption/", endpoints, tls } as const;
    const host = etcdMembersHost({
      rule,
      memory,
      backedUpAt: clock.now(),
      obstacle: undefined,
      desired: {
        cluster: "demo",
        host: self.name,
        config: "",
        containers: [],
        disruption: { ttlMs: 10_000, store },
      },
      disruption,
      clock,
      log: pino({ level: "silent" }),
      nonce: () => `${self.name} ${(nonce += 1)}`,
      signal: new AbortController().signal,
    });
    return doMembers(host, rule);
  };
  const done: string[] = [];
  /** All agents at work until etcd has these members and no others. */
  const reach = async (all: readonly RealMember[], generation: number): Promise<void> => {
    await eventually(
      async () => {
        for (const self of all) {
          if (!running.has(self.name)) await begin(self, all);
          const { done: change, seen, decision } = await turn(self, all, generation);
          if (change !== undefined) done.push(changeText(change, seen));
          const wished = all.map(({ name, peer }) => ({ name, peerUrl: peer }));
          if (decision.kind === "nothing" && isAsWished(wished, seen.list ?? [])) return true;
        }
        return false;
      },
      { what: `generation ${generation}; ${done.join(", ")}`, deadlineMs: 60_000, everyMs: 200 },
    );
  };
  return { found, restart, reach, turn, done, running, tls };
}

for (const minor of ["3.5", "3.6", "3.7"] as const)
  test(
    `etcd ${minor}: newcomers add and promote themselves, one moves, others leave, down to one`,
    { skip: !hasEtcd(minor) && process.env["REQUIRE_DOCKER"] !== "1" && `etcd ${minor} is not compiled` },
    async (context) => {
      const [h1, h2, h3] = [await realMember("h1"), await realMember("h2"), await realMember("h3")];
      const { found, restart, reach, turn, done, running, tls } = await world(context, minor);
      found(h1);
      await reach([h1, h2, h3], 2);
      assert.deepEqual(done.splice(0).toSorted(), [
        "h2 votes",
        "h2 was added as a learner",
        "h3 votes",
        "h3 was added as a learner",
      ]);

      const urls = [h1, h2, h3].map(({ client }) => client);
      await eventually(
        async () => {
          const before = await raftIndex(urls, tls);
          for (const self of [h1, h2, h3, h1, h2, h3])
            assert.equal((await turn(self, [h1, h2, h3], 2)).decision.kind, "nothing");
          assert.deepEqual(await raftIndex(urls, tls), before);
          return true;
        },
        { what: "looks propose nothing, once the leases of before are gone", deadlineMs: 60_000 },
      );

      const moved = { ...h2, peer: (await realMember("h2")).peer };
      // members may elect anew at any time, and meanwhile a turn waits
      const moves = async (): Promise<void> => {
        const { done: told, seen } = await turn(moved, [h1, moved, h3], 3);
        assert.equal(told && changeText(told, seen), `h2 is at ${moved.peer}`);
      };
      await eventually(moves, { what: "h2 moves" });
      await restart(moved);
      await reach([h1, moved, h3], 3);

      // as etcd's check of the data says it where it cannot tell whose differs
      const alarm = { memberID: "0", alarm: "CORRUPT" };
      const call = async (action: string): Promise<unknown> =>
        createEtcdGateway({ endpoints: [h3.client], tls }).call("maintenance/alarm", { action, ...alarm }, limits);
      await call("ACTIVATE");
      assert.deepEqual((await turn(h3, [moved, h3], 4)).decision, {
        kind: "wait",
        reason: "a member that etcd does not name has other data than the others (alarm CORRUPT)",
      });
      await call("DEACTIVATE");

      await reach([moved, h3], 4);
      assert.equal(await running.get("h1")?.exit, 0, "who was taken out ends by itself");
      assert.equal(done.at(-1), "h1 was taken out");

      const says = async (reason: RegExp, ...about: Parameters<typeof turn>): Promise<void> => {
        const look = async (): Promise<void> => {
          const { decision } = await turn(...about);
          assert.match("reason" in decision ? decision.reason : "", reason);
        };
        await eventually(look, { what: String(reason) });
      };
      await says(/one of two members: it goes when all have been well/, h3, [h3], 5);
      aheadMs += 61_000;
      await reach([h3], 5);
      assert.equal(done.at(-1), "h2 was taken out");

      await says(/of generation 5, and this host's config is of 4/, moved, [moved, h3], 4);
    },
  );
