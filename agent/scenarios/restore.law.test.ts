// A restore of etcd on one host, killed before, within and after every call: it always ends with the snapshot's data, the former is
// never lost, and nothing of the former cluster runs beside it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { isFakeCrash } from "#agent/engine/fake/fake-faults.ts";
import type { CrashPoint } from "#agent/engine/fake/fake-faults.ts";
import { config } from "#agent/testing/container-texts.ts";
import { converge } from "#agent/testing/converge.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { fakeEtcd, stampIn, tooLarge } from "#agent/testing/fake-restore.ts";
import { assertOneEach, leftoversOf } from "#agent/testing/world-of.ts";
import { restoredToken, restoreId, restoreNames } from "#shared/backup/restore-id.ts";
import { expand } from "#shared/expand/expand.ts";
import { restoredClusterId } from "#shared/expand/components/etcd.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { Secret } from "#shared/secret.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { SnapshotSeen } from "#shared/state/observed.ts";

const pace = { ticks: 12, everyMs: 2000 };

const data = "/var/lib/etcd";
const place = "/var/lib/flexkube/restore";
const members = { h1: { address: "10.77.0.11" } };

type Asked = { readonly number: number; readonly content: string };

const restoreOf = ({ number, content }: Asked) => {
  const restore = { number, sha256: createHash("sha256").update(content).digest("hex") };
  const token = restoredToken("demo", restore);
  const clusterId = restoredClusterId(token, [{ address: members.h1.address, peerPort: 2380 }]);
  return { restore: { ...restore, clusterId }, token };
};

/** A host config whose number says what its member's host is asked for; 0: no restore yet. */
function text(asked: Asked | undefined): string {
  return config(`  api: { image: "api:${asked?.number ?? 0}", restart: always }\n`);
}

const known = new Map<string, DesiredState>();

/** Of each host config once: thousands of ticks ask for the same. */
function expanded(wish: HostConfig): DesiredState {
  const key = JSON.stringify([wish.etcd?.token, Object.values(wish.containers).map(({ image }) => image)]);
  const state = known.get(key) ?? expand(wish);
  known.set(key, state);
  return state;
}

/** A member, and something that stands for an API server and is another container after each restore. */
function shaped(state: DesiredState, all: readonly Asked[]): DesiredState {
  const image = state.containers.find(({ name }) => name === "api")?.spec.image ?? "";
  const asked = all.find(({ number }) => image === `api:${number}`);
  const etcd = asked === undefined ? { bootstrap: true } : restoreOf(asked);
  const member = etcdMember({ image: "etcd:1", members, ...etcd });
  const wished = expanded(
    hostConfig({
      etcd: member,
      containers: { api: { image, restart: "always", dependsOn: ["etcd-h1"] } },
      secrets: etcdSecrets(),
    }),
  );
  const storage = { endpoints: ["https://10.77.0.11:2379"], tls: { ca: "", certificate: "", key: new Secret("") } };
  return {
    ...wished,
    config: state.config,
    containers: wished.containers.map((container) => ({
      ...container,
      ...(container.name === "api" ? { component: "kube-apiserver" } : {}),
      probe: { ...container.probe, http: undefined, settle: "1s", deadline: "5s" },
    })),
    ...(asked === undefined ? {} : { apiServerStorage: { ...storage, clusterId: restoreOf(asked).restore.clusterId } }),
  };
}

async function prepare(before: readonly Asked[], after: Asked): Promise<FakeHost> {
  const find = async (sha256: string): Promise<SnapshotSeen> => {
    const files = host.engine.host;
    const found = (files.exists(place) ? files.list(place) : []).find(
      (name) =>
        createHash("sha256")
          .update(files.read(`${place}/${name}`))
          .digest("hex") === sha256,
    );
    const seen: SnapshotSeen =
      found === undefined
        ? { missing: "not there" }
        : {
            path: `${place}/${found}`,
            bytes: 4128,
            freeBytes: 1e12,
            // a file that came a moment ago has none
            stamp: after.number === 1 ? stampIn(files, `${place}/${found}`) : undefined,
          };
    return Promise.resolve(seen);
  };
  const host = createFakeHost(
    { "etcd:1": fakeEtcd, ...Object.fromEntries([0, 1, 2].map((number) => [`api:${number}`, () => ({})])) },
    {
      shape: (state) => shaped(state, [...before, after]),
      findSnapshot: async ({ restore }) => find(restore?.sha256 ?? ""),
    },
  );
  watch(host);
  host.engine.host.mkdir(place);
  host.give(text(undefined));
  await host.settle();
  for (const asked of before) await restored(host, asked);
  host.engine.host.write(`${place}/snapshot-${after.number}.db`, after.content);
  host.give(text(after));
  return host;
}

async function restored(host: FakeHost, asked: Asked): Promise<void> {
  host.engine.host.write(`${place}/snapshot-${asked.number}.db`, asked.content);
  host.give(text(asked));
  await host.settle();
}

/** While data is restored nothing that uses it runs, and an API server starts only for the data that its config asks for. */
function watch({ engine }: FakeHost): void {
  const start = engine.start.bind(engine);
  engine.start = async (id, ...rest) => {
    const starting = engine.containers.find((container) => container.id === id);
    const running = engine.containers.filter(({ state }) => state === "running");
    if (starting?.name.startsWith("flexkube-restore-") === true)
      assert.deepEqual(
        running.filter(({ name }) => /^(etcd|api)/.test(name)).map(({ name }) => name),
        [],
      );
    const number = Number(starting?.image.split(":")[1]);
    if (starting?.name === "api" && number > 0)
      assert.ok(engine.host.list(`${data}/member`).some((name) => name.startsWith(`restored-r${number}-`)));
    return start(id, ...rest);
  };
}

/** What the data directory holds, with the content of each database. */
function world({ engine }: FakeHost): unknown {
  const databases = (path: string): readonly string[] =>
    engine.host
      .list(path)
      .flatMap((name) =>
        engine.host.lstat(`${path}/${name}`).type === "directory"
          ? databases(`${path}/${name}`)
          : [`${path}/${name}: ${engine.host.text(`${path}/${name}`)} ${engine.host.lstat(`${path}/${name}`).uid}`],
      );
  return {
    files: databases(data),
    containers: engine.containers.map(({ name, state, image, restart }) => [name, state, image, restart]),
  };
}

const first = { number: 1, content: "one" };
const scenarios = [
  { name: "the first restore", before: [], after: first },
  { name: "a second one", before: [first], after: { number: 2, content: "two" } },
] as const;

for (const { name, before, after } of scenarios)
  describe(`killed at every call: ${name}`, async () => {
    const reference = await prepare(before, after);
    const callsBefore = reference.engine.calls.length;
    await converge(reference, pace);
    const expected = world(reference);
    const count = reference.engine.calls.slice(callsBefore).filter((call) => call.mutating).length;

    test("ends with the snapshot's data and an API server of the new cluster, the former data aside", () => {
      const id = restoreId(restoreOf(after).restore);
      const { host } = reference.engine;
      assert.equal(host.text(`${data}/member/db`), after.content);
      assert.ok(host.exists(`${data}/member/${restoreNames(id).marker}`));
      assert.equal(host.text(`${data}/${restoreNames(id).before}/member/db`), before.at(-1)?.content ?? "former");
      assert.ok(count > 25, `${count} calls`);
    });

    for (const at of ["before", "within", "after"] satisfies readonly CrashPoint[])
      test(`${at} each of ${count} calls`, async () => {
        for (let n = 1; n <= count; n++) {
          const host = await prepare(before, after);
          host.engine.faults.crashAfter(n, at);
          try {
            await converge(host, pace);
          } catch (error) {
            if (!isFakeCrash(error)) throw error;
          }
          const where = `${at} call ${n}: ${JSON.stringify(host.engine.calls.filter((call) => call.mutating).at(-1))}`;
          assertOneEach(host, where);
          assert.ok(JSON.stringify(world(host)).includes(before.at(-1)?.content ?? "former"), `${where}: data lost`);
          host.engine.faults.clear();
          await host.clock.sleep(100);

          await converge(host, pace);

          assert.deepEqual(world(host), expected, where);
          assert.deepEqual(leftoversOf(host), [], where);
        }
      });
  });

test("a snapshot that is changed while it is read is not used, and the former data stays", async () => {
  const host = await prepare([], first);
  const start = host.engine.start.bind(host.engine);
  host.engine.start = async (id, ...rest) => {
    const starting = host.engine.containers.find((container) => container.id === id);
    if (starting?.command?.includes("snapshot") === true) {
      await host.clock.sleep(10);
      host.engine.host.write(`${place}/snapshot-1.db`, "two");
    }
    return start(id, ...rest);
  };
  const { executions } = await host.tick();
  const [failure] = executions.flatMap(({ failures }) => failures);
  assert.match(JSON.stringify(failure?.error), /was changed meanwhile: its SHA-256 is/);
  assert.equal(host.engine.host.text(`${data}/member/db`), "former");
  assert.ok(!host.engine.host.exists(`${data}/restore-${restoreId(restoreOf(first).restore)}`));

  host.engine.start = start;
  host.engine.host.write(`${place}/right.db`, "one");
  await converge(host, pace);
  assert.equal(host.engine.host.text(`${data}/member/db`), "one");
});

test("a disk that fills while etcdutl writes is told, and nothing half made takes its room", async () => {
  const host = await prepare([], { ...first, content: tooLarge });

  const { executions } = await host.tick();

  assert.match(
    JSON.stringify(executions.flatMap(({ failures }) => failures)),
    /etcdutl restoreData","reason":"exit code 1"/,
  );
  assert.equal(host.engine.host.text(`${data}/member/db`), "former");
  assert.deepEqual(
    host.engine.host.list(data).filter((name) => name !== "member"),
    [],
  );
});
