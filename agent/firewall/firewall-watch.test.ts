// When the host's packet filter is looked at, and what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeOutcome } from "#agent/engine/fake/fake-program.ts";
import type { FakeRun } from "#agent/engine/fake/fake-program.ts";
import { findingText } from "#shared/state/preflight-finding.ts";
import { createFirewallWatch } from "./firewall-watch.ts";

const ports = [
  { of: "etcd", protocol: "tcp", address: "10.77.0.11", port: 2380 },
  { of: "kubelet", protocol: "tcp", address: "fd00::11", port: 10250 },
] as const;
const question = { cluster: "test", host: "h1", ports };
const { signal } = new AbortController();

const closed = { port: "tcp/10.77.0.11:2380", table: "inet filter", chain: "input", manager: "nft" };

function host(program: (run: FakeRun) => FakeOutcome, once = false) {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  const asked: (readonly string[])[] = [];
  engine.program("agent:1", (run) => {
    asked.push(run.command);
    return program(run);
  });
  let names = 0;
  const told: unknown[] = [];
  const log = { debug: (...words: readonly unknown[]) => void told.push(words) };
  const selfImage = async (): Promise<string> => Promise.resolve("agent:1");
  const watch = createFirewallWatch({ engine, clock, log, once, selfImage, nonce: () => `${(names += 1)}` });
  const look = async (isWell: boolean): Promise<readonly string[]> =>
    (await watch(question, { isWell, signal })).map(findingText);
  return { clock, engine, asked, told, watch, look };
}

const open = (): FakeOutcome => ({ endsAfterMs: 50 });

test("one container is asked for all ports, and is gone afterwards", async () => {
  const { engine, asked, look } = host(({ log }) => {
    log("(node:7) Warning: something else");
    log(JSON.stringify(closed));
    log(JSON.stringify({ ...closed, port: "tcp/10.77.0.11:1" }));
    return { endsAfterMs: 50 };
  });

  assert.deepEqual(await look(false), [
    "firewall: found that chain input of nftables' table inet filter drops tcp/2380 (etcd), needed these open to the other hosts of the cluster; to mend it: nft insert rule inet filter input tcp dport '{ 2380 }' accept, and the same in the file that holds it over a boot, such as /etc/nftables.conf",
  ]);
  assert.deepEqual(asked, [["/flexkube-agent", "firewall", "tcp/10.77.0.11:2380", "tcp/[fd00::11]:10250"]]);
  assert.deepEqual(await engine.list(), []);
});

test("all is well and open: once an hour; not well: every half minute", async () => {
  const { clock, asked, look } = host(open);

  for (const [passMs, isWell, looks] of [
    [0, true, 1],
    [60_000, true, 1],
    [3_500_000, true, 1],
    [60_000, true, 2],
    [1000, false, 2],
    [40_000, false, 3],
  ] as const) {
    await clock.sleep(passMs);
    assert.deepEqual(await look(isWell), []);
    assert.equal(asked.length, looks, `${passMs}`);
  }
});

test("a command that ends after one plan looks only where something is to be done", async () => {
  const { asked, look } = host(open, true);

  await look(true);
  assert.equal(asked.length, 0);
  await look(false);
  assert.equal(asked.length, 1);
});

test("what was found is looked at again each time, until it is gone", async () => {
  let output = [JSON.stringify(closed)];
  const { clock, look } = host(({ log }) => {
    for (const line of output) log(line);
    return { endsAfterMs: 50 };
  });

  assert.equal((await look(true)).length, 1);
  output = [];
  await clock.sleep(60_000);
  assert.deepEqual(await look(true), []);
});

test("nothing that others reach is nothing to look at", async () => {
  const { asked, watch } = host(open);

  assert.deepEqual(await watch({ ...question, ports: [] }, { isWell: false, signal }), []);
  assert.deepEqual(asked, []);
});

test("a look that fails tells nothing and leaves nothing", async () => {
  const { engine, told, look } = host(() => ({ endsAfterMs: 0, exitCode: 64 }));

  assert.deepEqual(await look(false), []);
  assert.deepEqual(await engine.list(), []);
  assert.equal(told.length, 0);
});
