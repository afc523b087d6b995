// What `flexkube-planner simulate` says is to come is what comes: somebody splits each day with the planner, agents of three hosts take what
// is delivered, all by one clock.
import { dayMs } from "#shared/duration.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { testNow } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { look } from "#agent/tick/tick.ts";
import { planSummary } from "#planner/split/report/summarize-plan.ts";
import type { DesiredState } from "#shared/state/desired.ts";

type Told = {
  readonly days: readonly {
    readonly day: string;
    readonly renewed: readonly { readonly name: string; readonly ends: string }[];
    readonly ended: readonly { readonly name: string }[];
    readonly hosts: readonly { readonly host: string; readonly plan: readonly string[] }[];
  }[];
};

/** Id of each certificate in pki/ → its text. */
function certificatesIn(machine: FakeMachine): ReadonlyMap<string, string> {
  return new Map(
    [...machine.pki].flatMap(([path, { bytes }]) => {
      const [, id] = /^pki\/(.*)\.crt$/.exec(path) ?? [];
      return id === undefined ? [] : [[id, Buffer.from(bytes).toString()] as const];
    }),
  );
}

function endOf(pem: string | undefined): string {
  const [first] = certificatesOf(pem ?? "") ?? [];
  return first?.validToDate.toISOString().replace(".000Z", "Z") ?? "none";
}

type Daily = {
  /** Epoch milliseconds, at the begin of a day. */
  readonly from: number;
  readonly days: number;
  readonly onSplit?: (day: string) => Promise<void>;
};

/** Rows `DAY NAME END` of what daily splits make anew; `onSplit` sees the machine after each of them. */
async function splitDaily(machine: FakeMachine, { from, days, onSplit }: Daily): Promise<readonly string[]> {
  const rows: string[] = [];
  for (let count = 1; count <= days; count++) {
    const at = from + count * dayMs - 1000;
    const day = new Date(at).toISOString().slice(0, 10);
    const before = certificatesIn(machine);
    machine.at(at);
    assert.equal((await machine.run("split")).code, 0);
    const after = certificatesIn(machine);
    for (const [id, pem] of after) if (before.get(id) !== pem) rows.push(`${day} ${id} ${endOf(pem)}`);
    await onSplit?.(day);
  }
  return rows.toSorted();
}

async function told(machine: FakeMachine, days: number): Promise<Told> {
  const { stdout } = await machine.run("simulate", "--json", "--at", `+${days}d`);
  // our own output
  return JSON.parse(stdout) as Told;
}

function renewedIn({ days }: Told): readonly string[] {
  return days.flatMap(({ day, renewed }) => renewed.map(({ name, ends }) => `${day} ${name} ${ends}`)).toSorted();
}

/** A server that starts, and a check of a file, which ends. */
const program = ({ command }: FakeRun): FakeOutcome => (command.includes("-c") ? { endsAfterMs: 1 } : {});

/** Without what only another machine would answer: a container works while it runs. */
function alone(desired: DesiredState): DesiredState {
  const containers = desired.containers.map((container) => {
    const { etcd: _etcd, disruption: _disruption, probe, ...rest } = container;
    const { http: _http, tcp: _tcp, ...plain } = probe;
    return { ...rest, probe: { ...plain, settle: "1s" } };
  });
  const { disruption: _lock, etcdBackup: _backup, etcdCare: _care, etcdMembers: _members, ...rest } = desired;
  return { ...rest, containers };
}

/** What the agent of the host does with what was delivered, in the words of `diff`; then it is done. */
async function taken(host: FakeHost, name: string): Promise<readonly string[]> {
  const agent = await host.newAgent();
  const { signal } = new AbortController();
  const { plan } = await look(agent, await agent.load(signal), { signal });
  await host.settle();
  return plan.steps.length === 0 ? [] : planSummary(plan, name);
}

test("eighteen days of splits, deliveries and agents are those that were simulated", { timeout: 300_000 }, async () => {
  // numbers of users that an archive in memory keeps
  const machine = await machineAfter(`${smallCluster}pki: { validity: 240h }\nusers: { first: 100000 }\n`, ["split"]);
  const days = 18;
  const said = await told(machine, days);
  const images = Object.values(machine.hosts()).flatMap((config) =>
    [...JSON.stringify(config).matchAll(/"image":"([^"]+)"/g)].map(([, image = ""]) => image),
  );
  const hosts = new Map<string, FakeHost>();
  for (const host of Object.keys(machine.hosts())) {
    const made = createFakeHost(Object.fromEntries(images.map((image) => [image, program])), { shape: alone });
    made.give(machine.text(`hosts/${host}.yaml`) ?? "");
    await made.settle();
    hosts.set(host, made);
  }
  const acted: string[] = [];
  const delivered = new Map<string, string>();

  const renewed = await splitDaily(machine, {
    from: testNow,
    days,
    onSplit: async (day) => {
      for (const [name, host] of hosts) {
        const text = machine.text(`hosts/${name}.yaml`) ?? "";
        // nothing was delivered
        if (text === delivered.get(name)) continue;
        delivered.set(name, text);
        host.give(text);
        acted.push(...(await taken(host, name)).map((line) => `${day} ${name} ${line}`));
      }
    },
  });

  assert.ok(renewed.length > 5, renewed.join("\n"));
  assert.deepEqual(renewedIn(said), renewed);
  const saidActs = said.days.flatMap(({ day, hosts: all }) =>
    all.flatMap(({ host, plan }) => plan.map((line) => `${day} ${host} ${line}`)),
  );
  assert.ok(acted.length > 2, acted.join("\n"));
  assert.deepEqual(saidActs, acted);
  assert.deepEqual(
    said.days.flatMap(({ ended }) => ended),
    [],
  );
});

test("and so are those of a cluster with Kubernetes", { timeout: 300_000 }, async () => {
  const machine = await machineAfter(`${kubernetesCluster}pki: { validity: 480h }\n`, ["split"]);
  const said = await told(machine, 25);

  const renewed = await splitDaily(machine, { from: testNow, days: 25 });

  assert.ok(renewed.length > 30, renewed.join("\n"));
  assert.deepEqual(renewedIn(said), renewed);
});

test("and those of certificates that would last no longer until their last days", { timeout: 300_000 }, async () => {
  const machine = await machineAfter(smallCluster, ["split"]);
  machine.put("cluster.yaml", `${smallCluster}pki: { validity: 240h }\n`);
  const from = testNow + 700 * dayMs;
  machine.at(from);
  const said = await told(machine, 40);

  const renewed = await splitDaily(machine, { from, days: 40 });

  assert.match(renewed[0] ?? "", /^2027-12-2/);
  assert.deepEqual(renewedIn(said), renewed);
});
