// Real members of each supported minor version: shrunk one at a time under a writer, without space and writable again by themselves, and
// left alone when one says that its data differs.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pino } from "pino";
import { createDisruption } from "#agent/disruption/disruption.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { listAt } from "#shared/json-fields.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { careRuleOf } from "#agent/testing/fake-etcd-care.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { raftIndex, realMember, startEtcd } from "#lab/real-etcd.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { hasEtcd, labEtcd } from "#lab/etcd-program.ts";
import { eventually } from "#lab/eventually.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { CareSeen } from "#shared/etcd-care/care-seen.ts";
import { Secret } from "#shared/secret.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { CareHost } from "./care-host.ts";
import { doCare } from "./do-care.ts";
import { etcdCareHost } from "./etcd-care-host.ts";

const mebibyte = 2 ** 20;
const quotaBytes = 96 * mebibyte;
let aheadMs = 0;
const clock: Clock = {
  now: () => Date.now() + aheadMs,
  sleep: async (ms, signal) => setTimeout(ms, undefined, { signal }),
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Three members, their agents' care, and a client. */
async function world(context: TestContext, minor: "3.5" | "3.6" | "3.7", compacts: boolean) {
  const directory = temporaryRoot(context);
  const pki = makeCertificate(directory);
  const etcd = await labEtcd(minor);
  const all = [await realMember("h1"), await realMember("h2"), await realMember("h3")];
  const cluster = all.map(({ name, peer }) => `${name}=${peer}`).join(",");
  for (const self of all)
    startEtcd(context, self, { etcd, directory, pki }, [
      `--initial-advertise-peer-urls=${self.peer}`,
      `--initial-cluster=${cluster}`,
      `--quota-backend-bytes=${quotaBytes}`,
    ]);
  const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
  const endpoints = all.map(({ client }) => client);
  const gateway = createEtcdGateway({ endpoints, tls });
  const call = async (method: string, body: object): Promise<unknown> =>
    gateway.call(method, body, { deadlineMs: 15_000 });
  const disruption = createDisruption({
    connect: () => assert.fail("no Kubernetes here"),
    clock,
    sightings: createSightings(clock, { boot: undefined, before: undefined }),
  });
  const store = { kind: "etcd", prefix: "/flexkube/demo/disruption/", endpoints, tls } as const;
  const desired: DesiredState = {
    cluster: "demo",
    host: "h1",
    config: "",
    containers: [],
    disruption: { ttlMs: 10_000, store },
  };
  const done: string[] = [];
  /** Who led by the last look before each of them that is a defragmentation. */
  const leaders: string[] = [];
  let nonce = 0;
  const hosts = all.map(({ name, client }) => {
    const rule = careRuleOf(name, { clientUrl: client, tls, quotaBytes, compacts });
    const host = etcdCareHost({
      rule,
      desired: { ...desired, host: name },
      engine: { list: async () => Promise.resolve([]) },
      state: createMemoryState(),
      disruption,
      clock,
      log: pino({ level: "silent" }),
      nonce: () => `${name} ${(nonce += 1)}`,
      signal: new AbortController().signal,
    });
    let seen: CareSeen | undefined;
    const told: CareHost = {
      ...host,
      look: async () => (seen = await host.look()),
      defragment: async (from) => {
        const leader = leaderIn(seen?.members ?? []);
        await host.defragment(from);
        leaders.push(leader);
        done.push(`defragment ${name}`);
      },
      compact: async (revision) => {
        await host.compact(revision);
        done.push(`compact ${name}`);
      },
      disarm: async (id) => {
        await host.disarm(id);
        done.push(`disarm ${name}`);
      },
    };
    return { rule, host: told };
  });
  const round = async (): Promise<readonly string[]> => {
    const kinds: string[] = [];
    for (const { rule, host } of hosts) kinds.push((await doCare({ host, rule, clock })).decision.kind);
    return kinds;
  };
  const put = async (key: string, value: string): Promise<unknown> =>
    call("kv/put", { key: base64(key), value: base64(value) });
  const compact = async (): Promise<void> => {
    const answer = JSON.stringify(await call("kv/range", { key: base64("none") }));
    await call("kv/compaction", { revision: /"revision":"([0-9]+)"/.exec(answer)?.[1], physical: true });
  };
  await eventually(
    async () =>
      put("begun", "1").then(
        () => true,
        () => false,
      ),
    { what: "etcd takes writes", deadlineMs: 60_000 },
  );
  return { call, put, compact, round, hosts, done, leaders, endpoints, tls };
}

function leaderIn(members: CareSeen["members"]): string {
  return members.find(({ well }) => well?.isLeader === true)?.name ?? "";
}

type World = Awaited<ReturnType<typeof world>>;
type Well = NonNullable<CareSeen["members"][number]["well"]>;

/** Puts a large value over and over; while members elect nobody answers. */
async function fill({ put }: World, times: number): Promise<void> {
  for (let count = 0; count < times; count++)
    try {
      await put("large", "x".repeat(mebibyte));
    } catch (error) {
      if (!isFlexkubeError(error, "ETCD_UNREACHABLE")) throw error;
    }
}

/** Puts until somebody says stop; which ones etcd has acknowledged. */
function writer({ put }: World) {
  const acknowledged: string[] = [];
  const end = new AbortController();
  const run = (async () => {
    for (let count = 0; !end.signal.aborted; count++)
      try {
        await put(`w/${count}`, "x");
        acknowledged.push(`w/${count}`);
      } catch (error) {
        if (!isFlexkubeError(error)) throw error;
      }
  })();
  return {
    end: async (): Promise<readonly string[]> => {
      end.abort();
      await run;
      return acknowledged;
    },
  };
}

async function keysAt(endpoint: string, { tls }: World): Promise<number> {
  const body = { key: base64("w/"), range_end: base64("w0"), count_only: true };
  const answer = await createEtcdGateway({ endpoints: [endpoint], tls }).call("kv/range", body, { deadlineMs: 10_000 });
  return Number(/"count":"([0-9]+)"/.exec(JSON.stringify(answer))?.[1] ?? 0);
}

/** An alarm is only asked for where a member's own status tells of something. */
async function everyStatusTells({ endpoints, tls }: World, alarm: string): Promise<void> {
  for (const endpoint of endpoints) {
    const gateway = createEtcdGateway({ endpoints: [endpoint], tls });
    const told = async (): Promise<boolean> => {
      const status = await gateway.call("maintenance/status", {}, { deadlineMs: 10_000 });
      return listAt(status, "errors").some((error) => String(error).includes(alarm));
    };
    // one that is behind has all that was written before to take first
    await eventually(told, { what: `${endpoint} tells of ${alarm}`, deadlineMs: 60_000 });
  }
}

function isWithoutSpace(error: unknown): boolean {
  return isFlexkubeError(error, "ETCD_REFUSED") && error.details.reason.includes("database space exceeded");
}

for (const minor of ["3.5", "3.6", "3.7"] as const)
  test(
    `etcd ${minor} is small and writable again by itself, and CORRUPT stays`,
    {
      skip: !hasEtcd(minor) && process.env["REQUIRE_DOCKER"] !== "1" && `etcd ${minor} is not compiled`,
      timeout: 400_000,
    },
    async (context) => {
      // by hand, as etcd or Kubernetes would, or by the hosts
      const compacts = minor !== "3.6";
      const etcd = await world(context, minor, compacts);
      await fill(etcd, 55);
      await etcd.compact();
      const writes = writer(etcd);
      const [first] = etcd.hosts;
      assert.ok(first !== undefined);
      const tell = async (holds: (well: Well) => boolean): Promise<CareSeen["members"]> => {
        const { members: seen } = await first.host.look();
        assert.ok(
          seen.every(({ well }) => well !== undefined && holds(well)),
          JSON.stringify(seen),
        );
        return seen;
      };
      // a leader does not wait for others whose data the compaction has not left yet
      await eventually(async () => tell(({ inUseBytes }) => inUseBytes < 5 * mebibyte), {
        what: "the compaction has left everybody's data",
        deadlineMs: 60_000,
      });
      await eventually(async () => (await etcd.round()).every((kind) => kind === "nothing") && etcd.done.length >= 3, {
        what: "all are small",
        deadlineMs: 60_000,
      });
      const acknowledged = await writes.end();
      assert.equal(etcd.done.length, 3, etcd.done.join());
      assert.equal(etcd.done[2], `defragment ${etcd.leaders[2]}`);
      const members = await eventually(async () => tell(({ sizeBytes }) => sizeBytes < 5 * mebibyte), {
        what: "all tell that they are small",
      });
      assert.ok(acknowledged.length > 10);
      for (const endpoint of etcd.endpoints) assert.ok((await keysAt(endpoint, etcd)) >= acknowledged.length);

      await eventually(
        async () => {
          const before = await raftIndex(etcd.endpoints, etcd.tls);
          for (let count = 0; count < 5; count++) assert.deepEqual(new Set(await etcd.round()), new Set(["nothing"]));
          assert.deepEqual(await raftIndex(etcd.endpoints, etcd.tls), before);
          return true;
        },
        { what: "looks propose nothing, once the leases of before are gone", deadlineMs: 60_000 },
      );

      // members have rested since
      aheadMs += 2 * 60_000;
      // the quota is full of old revisions
      etcd.done.length = 0;
      await assert.rejects(fill(etcd, 140), isWithoutSpace);
      await everyStatusTells(etcd, "NOSPACE");
      assert.ok((await etcd.round()).includes("tell") || etcd.done.every((call) => !call.startsWith("disarm")));
      if (!compacts) await etcd.compact();
      aheadMs += 2 * 60_000;
      // one that shrank while its compaction was under way rests for a minute before it does so again: nobody need wait for that here
      await eventually(
        async () => {
          aheadMs += 5000;
          await etcd.round();
          return (await first.host.look()).alarms.length === 0;
        },
        { what: "NOSPACE is disarmed", deadlineMs: 150_000 },
      );
      await etcd.put("again", "1");
      assert.equal(
        etcd.done.some((call) => call.startsWith("compact")),
        compacts,
      );
      const disarmed = etcd.done.filter((call) => call.startsWith("disarm"));
      assert.equal(new Set(disarmed).size, disarmed.length);

      // a stand-in: no data differs, but etcd says so
      const corrupt = members.find(({ name }) => name === "h2")?.id;
      await etcd.call("maintenance/alarm", { action: "ACTIVATE", memberID: corrupt, alarm: "CORRUPT" });
      await everyStatusTells(etcd, "CORRUPT");
      const before = etcd.done.length;
      for (let count = 0; count < 3; count++) assert.deepEqual(await etcd.round(), ["tell", "tell", "tell"]);
      assert.deepEqual((await first.host.look()).alarms, [{ memberId: corrupt, alarm: "CORRUPT" }]);
      assert.equal(etcd.done.length, before);
    },
  );
