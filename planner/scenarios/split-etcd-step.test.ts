// Changes that a bootstrapped etcd would not survive are refused by split and diff, with what to do. Where members come and go by
// themselves, split-members.test.ts has what is other.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const three = smallCluster
  .replace("hosts:\n  h1", "hosts:\n  h4: { address: 10.0.0.4 }\n  h5: { address: 10.0.0.5 }\n  h1")
  .replace("etcd:\n  hosts: h1", "etcd:\n  hosts: [h1, h2, h3]\n  membership: { enabled: false }\n  version: 3.5.35");
const alone = smallCluster.replace("etcd:\n  hosts: h1", "etcd:\n  hosts: h1\n  membership: { enabled: false }");

type Change = (text: string) => string;

function swap(from: string, to: string): Change {
  return (text) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  };
}

/** A cluster that is up, and its next config. */
async function split(
  change: Change,
  options: { from?: string; up?: boolean; args?: readonly string[]; lose?: "state" } = {},
) {
  const { from = three, up = true, args = [], lose } = options;
  const machine = await machineAfter(from, ["split"], ...(up ? [["split", "--bootstrapped"]] : []));
  if (lose === "state") machine.files.delete("pki/state.yaml");
  machine.put("cluster.yaml", change(from));
  const result = await machine.run("split", ...args);
  return { ...result, machine };
}

const hosts = swap("hosts: [h1, h2, h3]", "hosts: [h4, h5]");
const section: Change = (text) => text.replace(/etcd:\n(  .*\n)+/, "");
const version = (to: string): Change => swap("version: 3.5.35", `version: ${to}`);

const refused: readonly (readonly [sentence: string, change: Change, problem: RegExp])[] = [
  [
    "another address of a member",
    swap("h2: { address: 10.0.0.2 }", "h2: { address: 10.0.0.22 }"),
    /hosts\.h2\.address: etcd knows the member h2 at 10\.0\.0\.2 and would not find it at 10\.0\.0\.22 \(set it back; .*--peer-urls=https:\/\/10\.0\.0\.22:2380/,
  ],
  [
    "addresses that are swapped",
    (text) =>
      text
        .replace("h2: { address: 10.0.0.2 }", "h2: { address: 10.0.0.3 }")
        .replace("h3: { address: 10.0.0.3 }", "h3: { address: 10.0.0.2 }"),
    /hosts\.h2\.address: .*\n.*hosts\.h3\.address: /,
  ],
  [
    "another peer port",
    swap("version:", "peerPort: 12380\n  version:"),
    /etcd\.peerPort: the member h1 was split with peerPort 2380/,
  ],
  [
    "another client port of one member",
    swap("version:", "overrides: { h2: { clientPort: 12379 } }\n  version:"),
    /etcd\.overrides\.h2\.clientPort: the member h2 was split with clientPort 2379/,
  ],
  [
    "another data directory",
    swap("version:", "dataDirectory: /data/etcd\n  version:"),
    /etcd\.dataDirectory: the member h1 has its data in \/var\/lib\/etcd; in \/data\/etcd it would find none/,
  ],
  ["the section taken out", section, /etcd: the cluster was split with etcd on h1, h2, h3, which hold its data/],
  ["all members replaced", hosts, /etcd\.hosts: none of the members h1, h2, h3 stays/],
  [
    "a member that only gets another name",
    (text) => text.replace("h3: { address: 10.0.0.3 }", "x3: { address: 10.0.0.3 }").replaceAll("h3]", "x3]"),
    /hosts\.x3: x3 has the address of the member h3, which etcd still counts there \(keep the name h3/,
  ],
  [
    "over a minor version",
    version("3.7.1"),
    /etcd\.version: .* split with etcd 3\.5\.35; it goes up one minor version at a time, not to 3\.7\.1 at once \(split and deliver 3\.6 first\)/,
  ],
];

for (const [sentence, change, problem] of refused)
  test(`etcd that is up: ${sentence} is refused, also when state.yaml is lost, and taken when forced`, async () => {
    const { code, stderr, machine } = await split(change);
    const lost = await split(change, { lose: "state" });
    const forced = await machine.run("split", "--force-etcd");
    const founding = await split(change, { up: false });

    assert.equal(code, 65);
    assert.match(stderr, problem);
    assert.match(lost.stderr, problem);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal(founding.code, 0, founding.stderr);
  });

test("etcd goes up one minor version at a time, and not back", async () => {
  const from = (text: string): string => version(text)(three);
  const result = async (before: string, after: string) =>
    split(swap(`version: ${before}`, `version: ${after}`), { from: from(before) });

  assert.match((await result("3.6.16", "3.5.35")).stderr, /members do not go back to 3\.5\.35/);
  assert.match((await result("3.7.1", "3.6.16")).stderr, /do not go back to 3\.6\.16/);
  assert.match((await result("3.5.21", "3.6.16")).stderr, /to 3\.6\.16 it goes only from 3\.5\.26 or newer/);
  for (const [before, after] of [
    ["3.5.35", "3.6.16"],
    ["3.6.16", "3.7.1"],
    ["3.6.16", "3.6.14"],
    ["3.5.21", "3.5.35"],
  ] as const)
    assert.equal((await result(before, after)).code, 0, `${before} to ${after}`);
});

test("a member that is new, or the last that is older, is judged by the oldest of all", async () => {
  const mixed = version("3.6.16\n  overrides: { h3: { version: 3.5.35 } }")(three);
  const further = await split(swap("version: 3.6.16\n  overrides: { h3: { version: 3.5.35 } }", "version: 3.7.1"), {
    from: mixed,
  });
  const same = await split((text) => text, { from: mixed });
  const finished = await split(swap("\n  overrides: { h3: { version: 3.5.35 } }", ""), { from: mixed });
  const back = await split(swap("version: 3.6.16", "version: 3.5.35"), { from: mixed });

  assert.match(further.stderr, /split with etcd 3\.5\.35; it goes up one minor version at a time/);
  assert.deepEqual([same.code, finished.code], [0, 0]);
  assert.match(back.stderr, /split with etcd 3\.6\.16; members do not go back to 3\.5\.35/);
});

test("a version that is not told is a warning, as is another token", async () => {
  const { code, stderr } = await split((text) => text.replace("version: 3.5.35", "image: own:latest\n  token: other"));

  assert.equal(code, 0);
  assert.match(stderr, /warning: .*etcd\.image: etcd's version is not known here/);
  assert.match(stderr, /warning: .*etcd\.token: the members have founded their cluster with the token demo/);
});

test("a member that is alone may move, with a warning, and not lose its data", async () => {
  const moved = await split(swap("h1: { address: 10.0.0.1 }", "h1: { address: 10.0.0.9 }"), { from: alone });
  const emptied = await split(swap("  hosts: h1", "  hosts: h1\n  dataDirectory: /data"), { from: alone });

  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stderr, /warning: .*etcd knows the member h1 at 10\.0\.0\.1/);
  assert.match(emptied.stderr, /etcd\.dataDirectory: the member h1 has its data in \/var\/lib\/etcd/);
});

test("when all are replaced by force, the commands are for a member that has the data", async () => {
  const { code, stderr } = await split(hosts, { args: ["--force-etcd"] });

  assert.equal(code, 0, stderr);
  assert.match(stderr, /h2 is taken out here, but etcd counts it.* on h1: docker exec etcd-h1 etcdctl/);
  assert.doesNotMatch(stderr, /etcd-h4/);
});

describe("tags that tell less than a version", () => {
  const image = (tag: string): Change => swap("version: 3.5.35", `image: quay.io/coreos/etcd:${tag}`);
  const from36 = three.replace("version: 3.5.35", "version: 3.6.16");

  for (const tag of ["v3.5", "3.5", "release-3.5", "v3.5-alpine", "V3.5.30"])
    test(`${tag} is no way back from 3.6`, async () => {
      const change = swap("version: 3.6.16", `image: quay.io/coreos/etcd:${tag}`);

      const { code, stderr } = await split(change, { from: from36 });

      assert.equal(code, 65, stderr);
      assert.match(stderr, /members do not go back to 3\.5/);
    });

  test("one over two minor versions is refused, one of the next is warned of", async () => {
    assert.match((await split(image("v3.7"))).stderr, /not to 3\.7 at once/);
    assert.equal((await split(image("v3.6"))).code, 0);
  });

  test("a minor version that is not known here is refused from the first split on", async () => {
    assert.match((await split(image("v3.8"), { up: false })).stderr, /etcd newer than 3\.7 is not known/);
    assert.match((await split(image("v3.4"), { up: false })).stderr, /etcd older than 3\.5\.11/);
  });

  test("a version that is not told does not hide the one before", async () => {
    const { machine, code, stderr } = await split(swap("version: 3.6.16", "image: etcd:latest"), { from: from36 });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /etcd's version is not known here/);

    machine.put("cluster.yaml", three);
    const back = await machine.run("split");

    assert.equal(back.code, 65);
    assert.match(back.stderr, /split with etcd 3\.6\.16; members do not go back to 3\.5\.35/);
  });

  test("an older patch is taken with a warning", async () => {
    const { code, stderr } = await split(version("3.5.30"));

    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: .*split with etcd 3\.5\.35; 3\.5\.30 is older/);
  });
});

test("an etcd 3.5 that may bring removed members back is a warning", async () => {
  const { code, stderr } = await split(version("3.5.21"), { up: false });
  const older = await split(version("3.5.16"), { up: false });

  assert.equal(code, 0);
  assert.match(
    stderr,
    /warning: .*etcd\.version: etcd 3\.5\.21 may bring back members that were removed; .* \(use 3\.5\.26 or newer\)/,
  );
  assert.match(older.stderr, /etcd 3\.5\.16 forgets that a learner was promoted, and may bring back/);
});

test("more members, fewer, another argument and the same again are no matter", async () => {
  for (const change of [
    swap("[h1, h2, h3]", "[h1, h2, h3, h4, h5]"),
    swap("[h1, h2, h3]", "[h1, h2]"),
    swap("version:", "extraArgs: [--snapshot-count=5000]\n  version:"),
    (text: string) => text,
  ]) {
    const { code, stderr } = await split(change);
    assert.equal(code, 0, stderr);
  }
});
