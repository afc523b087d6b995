import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fleetOf } from "./fleet.ts";
import type { Carried } from "./fleet.ts";
import { fleetJson, fleetText } from "./fleet-text.ts";
import { fleetNow, part, reportOf, reportText, wantedFleet, wantedHost } from "./testing/build-fleet.ts";

function carried(...texts: readonly string[]): readonly Carried[] {
  return texts.map((text) => ({ file: "r.json", report: reportOf(text) }));
}

test("a row for each host, what is wrong below it with the line to type, and the sum", () => {
  const ill = [
    part("etcd", "etcd-h2", { healthy: false, state: "exited", reason: "there is no container etcd-h2" }),
    part("kube-apiserver", "kube-apiserver"),
    part("kube-scheduler", "kube-scheduler", { healthy: false }),
  ];
  const texts = [reportText("h1"), reportText("h2", { components: ill, node: undefined })];

  const text = fleetText(fleetOf(wantedFleet(3), { carried: carried(...texts) }, fleetNow), fleetNow);

  assert.equal(
    text,
    `HOST  GEN  RESULT   ETCD    CONTROL  KUBELET  CERTS  AGENT  AGE
h1    7/7  settled  ok      ok       Ready    363d   0.1.0  12s
h2    7/7  settled  exited  1/2      -        363d   0.1.0  12s
h3    -/7  -        -       -        -        -      -      -

h2: etcd-h2: there is no container etcd-h2 (and 1 more)
    on h2: docker exec flexkube-agent flexkube-agent status
h3: no report of it
    on h3: docker exec flexkube-agent flexkube-agent status --json

1 of 3 hosts as they should be, 2 findings
`,
  );
});

test("a learner, a node that is not ready and an agent of another version are told in a word", () => {
  const changes = {
    etcdMembers: { generation: 1, wished: ["h1"], members: [{ name: "h1.2", role: "learner", isWell: true }] },
    node: { name: "h1", ready: "Unknown" },
    agentVersion: "0.2.0-rc.1+build.5",
    result: "contemplating",
    certificatesEnd: "2025-01-01T00:00:00Z",
  };

  const [, row = ""] = fleetText(
    fleetOf(wantedFleet(1), { carried: carried(reportText("h1", changes)) }, fleetNow),
    fleetNow,
  ).split("\n");

  assert.equal(row, "h1    7/7  contempl…  learner  ok       NotReady  ENDED  0.2.0-r…  12s");
});

test("the table is never wider than 80 columns, whatever hosts are called and reports say", () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  const report = fc.record({
    result: fc.string(),
    agentVersion: fc.string(),
    certificatesEnd: fc.constantFrom("2226-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "x"),
    writtenAt: fc.constantFrom("2020-01-01T00:00:00Z", "2026-01-01T00:59:00.123Z", "2300-01-01T00:00:00Z"),
    components: fc.array(
      fc.record({
        component: fc.constantFrom("etcd", "kubelet", "kube-apiserver"),
        state: fc.string(),
        healthy: fc.boolean(),
      }),
    ),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, report), { selector: ([host]) => host, minLength: 1, maxLength: 4 }),
      (hosts) => {
        const wanted = {
          ...wantedFleet(0),
          hosts: hosts.map(([host]) => ({ ...wantedHost(host), generation: 12_345 })),
        };
        const texts = hosts.map(([host, changes]) => reportText(host, { ...changes, generation: 12_345 }));
        const [table = ""] = fleetText(fleetOf(wanted, { carried: carried(...texts) }, fleetNow), fleetNow).split(
          "\n\n",
        );
        const rows = table.split("\n");
        assert.equal(rows.length, hosts.length + 1);
        for (const row of rows) assert.ok(row.length <= 80, `${row.length}: ${row}`);
      },
    ),
  );
});

test("what a report says moves no cursor and makes no row", () => {
  const evil = reportText("h1", { error: { code: "X", message: "\u001b[2J\nh9  7/7  settled", details: "" } });

  const text = fleetText(fleetOf(wantedFleet(1), { carried: carried(evil) }, fleetNow), fleetNow);

  assert.doesNotMatch(text, /\u001b|^h9/m);
});

test("the same as data, with a version", () => {
  const fleet = fleetOf(wantedFleet(2), { carried: carried(reportText("h1")) }, fleetNow);

  assert.deepEqual(fleetJson(fleet, fleetNow), {
    version: 1,
    cluster: "demo",
    at: "2026-01-01T01:00:00Z",
    hosts: [
      {
        host: "h1",
        wantedGeneration: 7,
        generation: 7,
        isProven: true,
        result: "settled",
        etcd: "ok",
        controlPlane: "ok",
        kubelet: "Ready",
        versions: { etcd: "1.36.3", kubernetes: "1.36.3" },
        certificatesEnd: "2026-12-31T00:00:00Z",
        agentVersion: "0.1.0",
        writtenAt: "2026-01-01T00:59:48Z",
      },
      { host: "h2", wantedGeneration: 7, isProven: false },
    ],
    findings: [
      {
        code: "no-report",
        host: "h2",
        problem: "no report of it",
        hint: "on h2: docker exec flexkube-agent flexkube-agent status --json",
      },
    ],
  });
});
