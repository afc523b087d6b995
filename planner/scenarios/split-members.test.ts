// etcd's members that come and go by themselves: what their hosts are told, what is said of it, and what is refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const one = smallCluster.replace(
  "hosts:\n  h1",
  "hosts:\n  h4: { address: 10.0.0.4 }\n  h5: { address: 10.0.0.5 }\n  h1",
);
const three = one.replace("  hosts: h1", "  hosts: [h1, h2, h3]");

async function upWith(config: string): Promise<FakeMachine> {
  return machineAfter(config, ["split"], ["split", "--bootstrapped"]);
}

/** What a split must be content with says to standard output of etcd, and how often its members have changed then. */
async function change(machine: FakeMachine, config: string, ...args: readonly string[]) {
  machine.put("cluster.yaml", config);
  const { code, stdout, stderr } = await machine.run("split", ...args);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /etcdctl/);
  return { told: stdout.split("\n").filter((line) => line.startsWith("etcd: ")), generation: generationOf(machine) };
}

/** The one that all members' host configs have. */
function generationOf(machine: FakeMachine): number | undefined {
  const sections = Object.values(machine.hosts()).flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  const all = new Set(sections.map(({ membership }) => membership?.generation));
  assert.equal(all.size, 1);
  return [...all][0];
}

function membersOf(machine: FakeMachine): Readonly<Record<string, number | undefined>> {
  const [section] = Object.values(machine.hosts()).flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  return Object.fromEntries(
    Object.entries(section?.members ?? {}).map(([name, { incarnation }]) => [name, incarnation] as const),
  );
}

async function refusal(config: string, next: string, ...args: readonly string[]): Promise<string> {
  const machine = await upWith(config);
  machine.put("cluster.yaml", next);
  machine.writes.length = 0;
  const { code, stderr } = await machine.run("split", ...args);
  assert.equal(code, 65, stderr);
  assert.deepEqual(
    machine.writes.filter((write) => !write.includes("lock")),
    [],
  );
  return stderr;
}

test("a new cluster's members come and go from the word on that etcd is up; before it hosts are told nothing", async () => {
  const machine = await machineAfter(three, ["split"]);
  assert.equal(generationOf(machine), undefined);
  assert.deepEqual(await change(machine, one), { told: [], generation: undefined });
  assert.deepEqual(await change(machine, three), { told: [], generation: undefined });

  assert.deepEqual(await change(machine, three, "--bootstrapped"), { told: [], generation: 1 });
  assert.deepEqual(await change(machine, three.replace("nginx:1.29", "nginx:1.30")), { told: [], generation: 1 });
});

test("one member becomes three and one again, each step told and counted", async () => {
  const machine = await upWith(one);
  assert.ok(
    machine.hosts()["h1"]?.disruption?.etcd,
    "members change under the lock: a member that is alone has it too",
  );

  const grown = await change(machine, three);
  const rollouts = Object.values(machine.hosts()).map(({ etcd }) => etcd?.rollout);
  const again = await change(machine, three);
  const shrunk = await change(machine, one);

  assert.deepEqual(grown.told, ["etcd: h2 and h3 join one after the other, each as a learner until it has the data"]);
  assert.deepEqual(again, { told: [], generation: 2 });
  assert.deepEqual(shrunk, {
    told: ["etcd: h2 and h3 leave one after the other, when all others vote"],
    generation: 3,
  });
  assert.equal(new Set(rollouts.filter((rollout) => rollout !== undefined)).size, 1);
  assert.deepEqual(Object.keys(machine.hosts()["h1"]?.etcd?.members ?? {}), ["h1"]);
});

test("newcomers and leavers of one split are one line, and data as JSON", async () => {
  const machine = await upWith(three);
  const config = three.replace("[h1, h2, h3]", "[h1, h2, h4]");
  machine.put("cluster.yaml", config);

  const { stdout } = await machine.run("diff", "--json");
  const { told } = await change(machine, config);

  assert.deepEqual(told, ["etcd: h4 joins as a learner until it has the data; h3 leaves when all others vote"]);
  assert.partialDeepStrictEqual(JSON.parse(stdout), {
    etcdMembers: {
      generation: 2,
      joins: [{ host: "h4", as: "h4" }],
      leaves: [{ host: "h3", as: "h3" }],
      replaced: [],
      moves: [],
    },
  });
});

test("the rollout of members is the same whoever they are: a change of members replaces no container of its own", async () => {
  const machine = await upWith(three);
  const before = machine.hosts()["h1"]?.etcd?.rollout;

  await change(machine, three, "--replace-member", "h3");
  await change(machine, three.replace("[h1, h2, h3]", "[h1, h2, h3, h4, h5]"));

  assert.ok(before);
  assert.equal(machine.hosts()["h1"]?.etcd?.rollout, before);
});

test("a replaced member begins anew under the next incarnation, which stays; its name and certificates are the host's", async () => {
  const machine = await upWith(three);
  const before = machine.hosts()["h3"];

  const { told, generation } = await change(machine, three, "--replace-member", "h3");
  assert.deepEqual(told, ["etcd: h3 begins anew as h3.2; its former data stays on its host"]);
  assert.equal(generation, 2);
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 2 });
  const { etcd, secrets } = machine.hosts()["h3"] ?? assert.fail();
  assert.deepEqual([etcd?.name, etcd?.dataDirectory], ["h3", before?.etcd?.dataDirectory]);
  assert.deepEqual(secrets, before?.secrets);

  assert.deepEqual(await change(machine, three), { told: [], generation: 2 });
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 2 });
  await change(machine, three, "--replace-member=h3");
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 3 });
});

test("several are replaced at once as far as the others are a majority", async () => {
  const five = three.replace("[h1, h2, h3]", "all");
  const machine = await upWith(five);

  const { told } = await change(machine, five, "--replace-member", "h2,h3");

  assert.equal(told.length, 2);
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: 2, h3: 2, h4: undefined, h5: undefined });
  assert.match(
    await refusal(five, five, "--replace-member", "h2,h3", "--replace-member", "h4"),
    /etcd\.hosts: with h2, h3, h4 replaced h1, h5 stay of the 5 members, and 3 are needed .*restore cluster\.yaml --snapshot SNAPSHOT\)/,
  );
});

test("a host that comes back begins anew, however often, also when it had been replaced", async () => {
  const machine = await upWith(three);
  const two = three.replace("[h1, h2, h3]", "[h1, h2]");

  await change(machine, two);
  const back = await change(machine, three);
  assert.deepEqual(back.told, ["etcd: h3 (as h3.2) joins as a learner until it has the data"]);
  await change(machine, three, "--replace-member", "h3");
  const left = await change(machine, two);
  assert.deepEqual(left.told, ["etcd: h3.3 leaves when all others vote"]);
  await change(machine, three);
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 4 });
  assert.equal(generationOf(machine), 6);
});

test("one member moves, also the only one, and its port counts as a place", async () => {
  const moved = await change(await upWith(three), three.replace("10.0.0.2 }", "10.0.0.9 }"));
  const alone = await change(await upWith(one), one.replace("10.0.0.1 }", "10.0.0.9 }"));
  const port = await change(
    await upWith(three),
    three.replace("[h1, h2, h3]", "[h1, h2, h3]\n  overrides: { h2: { peerPort: 12380 } }"),
  );

  assert.deepEqual(moved, { told: ["etcd: h2 moves to 10.0.0.9"], generation: 2 });
  assert.deepEqual(alone, { told: ["etcd: h1 moves to 10.0.0.9"], generation: 2 });
  assert.deepEqual(port, { told: ["etcd: h2 moves to 10.0.0.2:12380"], generation: 2 });
});

test("API servers beside the cluster's own etcd are told that its members come and go, others are not", async () => {
  const foreign = kubernetesCluster
    .replace("controlPlane: {", 'controlPlane: { etcdServers: ["https://10.9.9.9:2379"],')
    .concat("pki: { etcdClient: { ca: a, certificate: b, key: c } }\n");
  const own = await upWith(kubernetesCluster);
  const before = await machineAfter(kubernetesCluster, ["split"]);

  assert.deepEqual(
    Object.values(own.hosts()).map(({ kubeApiserver }) => kubeApiserver?.etcdMembership),
    [true, true, true],
  );
  for (const [host, { kubeApiserver }] of Object.entries(before.hosts())) {
    assert.equal(kubeApiserver?.etcdMembership, undefined);
    assert.equal(kubeApiserver?.rollout, own.hosts()[host]?.kubeApiserver?.rollout);
  }
  const machine = await upWith(kubernetesCluster);
  for (const name of ["a", "b", "c"]) machine.put(name, "");
  machine.put("cluster.yaml", foreign);
  await machine.run("split", "--force-etcd");
  assert.doesNotMatch(machine.text("hosts/h1.yaml") ?? "", /etcdServers:\n.*10\.9\.9\.9(.|\n)*etcdMembership/);
});

describe("where it is not said that they do", () => {
  const off = three.replace("  hosts: [h1, h2, h3]", "  hosts: [h1, h2, h3]\n  membership: { enabled: false }");

  /** As a planner from before has left it. */
  async function older(): Promise<FakeMachine> {
    const machine = await machineAfter(three, ["split"]);
    machine.put("pki/state.yaml", (machine.text("pki/state.yaml") ?? "").replace(/^membership: .*\n/m, ""));
    assert.equal((await machine.run("split", "--bootstrapped")).code, 0);
    return machine;
  }

  test("an older cluster stays as it is until its config says so, then begins to count", async () => {
    const machine = await older();
    for (const path of ["pki/state.yaml", "hosts/h1.yaml"])
      assert.doesNotMatch(machine.text(path) ?? "", /membership|incarnation|etcd:\n( .*\n)*  generation/);

    const { told, generation } = await change(
      machine,
      three.replace("  hosts: [h1, h2, h3]", "  hosts: [h1, h2, h3, h4]\n  membership: { enabled: true }"),
    );

    assert.deepEqual(told, ["etcd: h4 joins as a learner until it has the data"]);
    assert.equal(generation, 1);
  });

  test("who was taken out before it was said begins anew when it comes back", async () => {
    const machine = await older();
    machine.put("cluster.yaml", three.replace("[h1, h2, h3]", "[h1, h2]"));
    assert.match((await machine.run("split")).stderr, /h3 is taken out here, .*etcdctl/);
    const on = (hosts: string): string =>
      three.replace("  hosts: [h1, h2, h3]", `  hosts: ${hosts}\n  membership: { enabled: true }`);

    await change(machine, on("[h1, h2]"));
    await change(machine, on("[h1, h2, h3]"));

    assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 2 });
  });

  test("switched off, they keep their incarnations and go on counting for when they are on again", async () => {
    const machine = await upWith(three);
    await change(machine, three, "--replace-member", "h3");

    machine.put("cluster.yaml", off.replace("[h1, h2, h3]", "[h1, h3]"));
    const { stderr } = await machine.run("split");
    assert.match(stderr, /h2 is taken out here, but etcd counts it.*etcdctl/);
    assert.equal(generationOf(machine), undefined);
    assert.deepEqual(membersOf(machine), { h1: undefined, h3: 2 });

    assert.equal((await change(machine, three.replace("[h1, h2, h3]", "[h1, h3]"))).generation, 3);
  });

  test("--replace-member is refused with both ways to go on", async () => {
    assert.match(
      await refusal(off, off, "--replace-member", "h3"),
      /^cluster\.yaml:\d+:\d+: etcd: --replace-member says h3, and members do not come and go by themselves here \(say etcd\.membership: \{ enabled: true \}, then flexkube-planner split cluster\.yaml --replace-member h3; or type the commands of "Members that do not come and go by themselves"/m,
    );
  });
});

describe("a state that is lost or older", () => {
  test("is told by the host configs: the generation, incarnations, who is a member and that they come and go", async () => {
    const machine = await upWith(three);
    await change(machine, three, "--replace-member", "h3");
    const config = three.replace("[h1, h2, h3]", "[h1, h3]");
    await change(machine, config);
    const configs = machine.hosts();
    machine.files.delete("pki/state.yaml");

    assert.deepEqual(await change(machine, config), { told: [], generation: 3 });
    assert.deepEqual(machine.hosts(), configs);
    assert.match(machine.text("pki/state.yaml") ?? "", /^membership: "?on"?$/m);
    assert.equal((await change(machine, config.replace("[h1, h3]", "[h1, h3, h4]"))).generation, 4);
    await change(machine, config.replace("[h1, h3]", "[h1, h3, h4]"), "--replace-member", "h3");
    assert.deepEqual(membersOf(machine), { h1: undefined, h3: 3, h4: undefined });
  });

  test("a member whose host config is lost as well is one, by what others list", async () => {
    const machine = await upWith(three);
    machine.files.delete("pki/state.yaml");
    machine.files.delete("hosts/h2.yaml");

    assert.deepEqual(await change(machine, three), { told: [], generation: 1 });
    assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: undefined });
  });

  test("that was put back from before gives no generation and no incarnation twice", async () => {
    const machine = await upWith(three);
    const older = machine.text("pki/state.yaml") ?? "";
    await change(machine, three, "--replace-member", "h3");
    const two = three.replace("[h1, h2, h3]", "[h1, h2]");
    await change(machine, two);
    machine.put("pki/state.yaml", older);

    assert.deepEqual(await change(machine, two), { told: [], generation: 3 });
    assert.equal((await change(machine, three)).generation, 4);
    const { h3 = 0 } = membersOf(machine);
    assert.ok(h3 >= 2, String(h3));
  });

  test("a new cluster in its place begins to count anew", async () => {
    const machine = await upWith(three);
    await change(machine, three, "--replace-member", "h3");
    await change(machine, three, "--new-cluster");
    assert.equal(generationOf(machine), undefined);
    await change(machine, three, "--bootstrapped");

    assert.equal(generationOf(machine), 1);
    assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: undefined });
  });
});

const old = three.replace("[h1, h2, h3]", "[h1, h2, h3]\n  version: 3.5.21");
const refused: readonly (readonly [
  what: string,
  from: string,
  to: string,
  problem: RegExp,
  args?: readonly string[],
])[] = [
  [
    "two members that move at once",
    three,
    three.replace("10.0.0.2 }", "10.0.0.8 }").replace("10.0.0.3 }", "10.0.0.9 }"),
    /^cluster\.yaml:8:18: hosts\.h2\.address: h2, h3 move in one split, .*\(move h2 alone, deliver, .*flexkube-planner restore\)$/m,
  ],
  [
    "another peer port for all",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2, h3]\n  peerPort: 12380"),
    /^cluster\.yaml:14:13: etcd\.peerPort: h1, h2, h3 move in one split/m,
  ],
  [
    "members of which none stays",
    three,
    three.replace("[h1, h2, h3]", "[h4, h5]"),
    /^cluster\.yaml:13:10: etcd\.hosts: none of the members h1, h2, h3 stays: .*\(two splits: /m,
  ],
  [
    "another client port",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2, h3]\n  clientPort: 12379"),
    /etcd\.clientPort: the member h1 was split with clientPort 2379/,
  ],
  [
    "another data directory",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2, h3]\n  dataDirectory: /data"),
    /etcd\.dataDirectory: the member h1 has its data in/,
  ],
  ["no section any more", three, three.replace(/etcd:\n(  .*\n)+/, ""), /etcd: the cluster was split with etcd on h1/],
  [
    "a host in the place of one that is taken out",
    three,
    three.replaceAll("h3", "x3"),
    /^cluster\.yaml:9:3: hosts\.x3: x3 has the address of the member h3, which etcd counts there until it has left/m,
  ],
  [
    "a newcomer in the place of one that moves away",
    three,
    three
      .replace("[h1, h2, h3]", "[h1, h2, h3, h4]")
      .replace("10.0.0.4 }", "10.0.0.2 }")
      .replace("h2: { address: 10.0.0.2 }", "h2: { address: 10.0.0.9 }"),
    /hosts\.h4: h4 has the address of the member h2, which etcd counts there until it is elsewhere/,
  ],
  [
    "a change of members of an etcd that may bring them back",
    old,
    old.replace("[h1, h2, h3]", "[h1, h2]"),
    /^cluster\.yaml:14:12: etcd\.version: etcd 3\.5\.21 may bring back .* from 3\.5\.26 on \(take back the change of h3, split and deliver the newest 3\.5 first/m,
  ],
  [
    "the same beside the upgrade from it",
    old,
    old.replace("[h1, h2, h3]", "[h1, h2, h3, h4]").replace("3.5.21", "3.5.35"),
    /etcd\.version: etcd 3\.5\.21 may bring back/,
  ],
  [
    "a replaced member of it",
    old,
    old,
    /etcd\.version: etcd 3\.5\.21 may bring back .* change of h3/,
    ["--replace-member", "h3"],
  ],
  [
    "a stranger that is replaced",
    three,
    three,
    /^cluster\.yaml:13:10: etcd\.hosts: --replace-member says h4, which is no member.* \(members are h1, h2, h3\)$/m,
    ["--replace-member", "h4"],
  ],
  [
    "a newcomer that is replaced",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2, h3, h4]"),
    /--replace-member says h4, which becomes a member with this very split \(leave it out\)/,
    ["--replace-member", "h4"],
  ],
  [
    "a leaver that is replaced",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2]"),
    /--replace-member says h3, which is taken out here/,
    ["--replace-member", "h3"],
  ],
  [
    "the only member that is replaced, even by force",
    one,
    one,
    /etcd\.hosts: --replace-member says h1, which is etcd's only member: .*\(begin from a backup: flexkube-planner restore cluster\.yaml --snapshot SNAPSHOT\)/,
    ["--replace-member", "h1", "--force-etcd"],
  ],
  [
    "a replaced member beside one that is taken out of three",
    three,
    three.replace("[h1, h2, h3]", "[h1, h2]"),
    /with h2 replaced h1 stays of the 3 members, and 2 are needed for any change \(when h3 still works, replace first/,
    ["--replace-member", "h2"],
  ],
];

for (const [what, from, to, problem, args = []] of refused)
  test(`refused with what to do: ${what}`, async () => {
    assert.match(await refusal(from, to, ...args), problem);
  });

test("refused before etcd is up: a replaced member; with the word that it is, it is taken", async () => {
  const machine = await machineAfter(three, ["split"]);

  const early = await machine.run("split", "--replace-member", "h3");
  assert.equal(early.code, 65);
  assert.match(
    early.stderr,
    /^cluster\.yaml:13:10: etcd\.hosts: --replace-member says h3, and nobody has said yet that etcd is up: .*split cluster\.yaml --bootstrapped --replace-member h3\)$/m,
  );
  await change(machine, three, "--bootstrapped", "--replace-member", "h3");
  assert.deepEqual(membersOf(machine), { h1: undefined, h2: undefined, h3: 2 });
});

test("etcd 3.5 that may bring members back goes on unchanged, and upgrades; then members change", async () => {
  const machine = await upWith(old);

  await change(machine, old.replace("3.5.21", "3.5.35"));
  const { told } = await change(machine, old.replace("3.5.21", "3.5.35").replace("[h1, h2, h3]", "[h1, h2]"));

  assert.deepEqual(told, ["etcd: h3 leaves when all others vote"]);
});

test("the option is one of split and diff alone, and wants a name", async () => {
  const machine = await upWith(three);
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await machine.run(...args);
    assert.equal(code, 64);
    return stderr;
  };

  assert.match(await said("restore", "--snapshot", "a", "--replace-member", "h3"), /not an option of restore/);
  assert.match(await said("validate", "--replace-member", "h3"), /not an option of validate/);
  assert.match(await said("split", "--replace-member", "h3,"), /--replace-member: a name is missing/);
  assert.match((await machine.run("diff", "--replace-member", "h3")).stdout, /^etcd: h3 begins anew as h3\.2;/m);
  assert.match((await machine.run("split", "--help")).stdout, /--replace-member NAMES/);
});
