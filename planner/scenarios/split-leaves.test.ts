// How long certificates live, and what a split says of their end.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { renewalDue } from "#shared/expand/pieces/certificates-expire.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

const day = 86_400_000;

function daysOf(machine: Machine): number {
  const { validFromDate, validToDate } = new X509Certificate(machine.hosts()["h1"]?.secrets["etcd/server.crt"] ?? "");
  return Math.floor((validToDate.getTime() - validFromDate.getTime()) / day);
}

/** What an agent says of it, by the certificates of the host config alone. */
function agentsRenewal(machine: Machine): number | undefined {
  return renewalDue(Object.values(machine.hosts()["h1"]?.secrets ?? {}));
}

/** A cluster as it was founded before certificates lived two years. */
async function olderCluster(): Promise<Machine> {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.put("pki/state.yaml", (machine.text("pki/state.yaml") ?? "").replace(/^leaves:\n( .*\n)+/m, ""));
  return machine;
}

test("certificates of a new cluster live two years, and split, diff and JSON end with the dates", async () => {
  const machine = fakeMachine(smallCluster);
  const line =
    "deliver this before 2028-01-01T00:00:00Z, when the first certificate ends; the next renewal is due 2026-12-31T23:30:00Z: split and deliver by then\n";

  for (const command of ["diff", "split", "split", "diff"]) {
    const { stdout } = await machine.run(command);
    assert.ok(stdout.includes(line), stdout);
  }
  const json: unknown = JSON.parse((await machine.run("diff", "--json")).stdout);

  assert.equal(daysOf(machine), 730);
  assert.partialDeepStrictEqual(json, { certificatesEnd: "2028-01-01T00:00:00Z", renewalDue: "2026-12-31T23:30:00Z" });
  assert.equal(agentsRenewal(machine), Date.parse("2026-12-31T23:30:00Z"));
});

test("an older cluster goes on with a year and two thirds of it", async () => {
  const machine = await olderCluster();
  for (const path of [...machine.pki.keys()].filter((each) => /h1.*\.crt$/.test(each))) machine.pki.delete(path);

  const { stdout } = await machine.run("split");

  assert.equal(daysOf(machine), 365);
  assert.match(stdout, /deliver this before 2027-01-01T00:00:00Z.*due 2026-09-01/);
  assert.match(stdout, new RegExp(`due ${new Date(agentsRenewal(machine) ?? 0).toISOString().slice(0, 16)}`));
  assert.doesNotMatch(machine.text("pki/state.yaml") ?? "", /^leaves:/m);
});

test("the config's own validity counts more than what the cluster was founded with", async () => {
  const machine = fakeMachine(`${smallCluster}pki: { validity: 240h }\n`);

  const { stdout } = await machine.run("split");

  assert.equal(daysOf(machine), 10);
  assert.match(stdout, /deliver this before 2026-01-11T00:00:00Z.*due 2026-01-05T23:30:00Z/);
});

test("a cluster without certificates has no dates", async () => {
  const config = smallCluster.replace("etcd:\n  hosts: h1\n", "");

  assert.doesNotMatch((await fakeMachine(config).run("split")).stdout, /deliver this/);
});
