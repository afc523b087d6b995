import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fleetOf } from "./fleet.ts";
import type { Carried, Fleet } from "./fleet.ts";
import type { NodeWord } from "./node-word.ts";
import { acknowledgementIn, acknowledgementText } from "#shared/acknowledgement/acknowledgement.ts";
import type { Acknowledgement } from "#shared/acknowledgement/acknowledgement.ts";
import type { Wanted } from "./wanted.ts";
import { reportIn } from "./host-report.ts";
import { fleetNow, keyOf, part, reportOf, reportText, wantedFleet } from "./testing/build-fleet.ts";

function carried(texts: readonly string[]): readonly Carried[] {
  return texts.map((text, index) => ({ file: `${index}.json`, report: reportIn(text) }));
}

function fleet(wanted: Wanted, ...texts: readonly string[]): Fleet {
  return fleetOf(wanted, { carried: carried(texts) }, fleetNow);
}

function told({ findings }: Fleet): readonly string[] {
  return findings.map(({ kind, host, file }) => `${kind} ${host ?? file ?? ""}`);
}

test("fifty reports with five kinds of faults give exactly five findings", () => {
  const wanted = { ...wantedFleet(50), seen: { h40: { generation: 7, writtenAt: fleetNow, boot: undefined } } };
  const faults: Readonly<Record<string, string | undefined>> = {
    h3: reportText("h3", { generation: 6 }),
    h11: reportText("h11", {
      error: { code: "STEP_FAILED", message: "A step failed.", details: "" },
      result: "failed",
    }),
    h20: reportText("h20").replace('"settled"', '"changed"'),
    h40: reportText("h40"),
    h41: undefined,
  };
  const texts = wanted.hosts.flatMap(({ host }) => (host in faults ? (faults[host] ?? []) : reportText(host)));

  const found = fleet(wanted, ...texts);

  assert.deepEqual(told(found), ["behind h3", "failed h11", "unproven h20", "replayed h40", "no-report h41"]);
  assert.equal(found.hosts.filter(({ isProven }) => isProven).length, 46);
});

for (const [what, text, kind] of [
  ["of another cluster", reportText("h1", { cluster: "other" }), "foreign 1.json"],
  ["of a host that the config does not have", reportText("h9"), "foreign 1.json"],
  ["that is none", "{}", "unreadable 1.json"],
  ["that is torn", reportText("h1").slice(0, 200), "unreadable 1.json"],
  ["of an agent that has none", "null", "unreadable 1.json"],
] as const)
  test(`a report ${what} is told by its file, and takes no host's place`, () => {
    assert.deepEqual(told(fleet(wantedFleet(1), reportText("h1"), text)), [kind]);
  });

for (const [code, words] of [
  ["waiting", "web waits: why"],
  ["rejected", "web: why"],
] as const)
  test(`a container that is held as ${code} is told by its reason`, () => {
    const text = reportText("h1", { blocked: [{ component: "web", container: "web", code, reason: "why" }] });

    assert.deepEqual(
      fleet(wantedFleet(1), text).findings.map(({ kind, what }) => [kind, what]),
      [["blocked", words]],
    );
  });

for (const [what, changes, kind] of [
  ["was reset", { stoppedSince: "2026-01-01T00:00:00Z", result: "stopped" }, "reset"],
  ["is silent", { stale: "the report is OLD" }, "silent"],
  [
    "refused a config",
    { problems: [{ path: "", problem: "the file ends" }], result: "config-invalid" },
    "config-refused",
  ],
  ["is at work", { result: "working", underway: { step: "pull etcd", since: "" } }, "under-way"],
  [
    "waits",
    { blocked: [{ component: "etcd", container: "etcd-h1", code: "waiting", reason: "no answer from h2" }] },
    "blocked",
  ],
  ["is ill", { components: [part("etcd", "etcd-h1", { healthy: false, state: "exited" })] }, "unhealthy"],
  ["has a result of another version", { result: "pondering" }, "failed"],
  ["has a node that is not ready", { node: { name: "h1", ready: "False" } }, "node-not-ready"],
  ["has certificates that end", { certificatesEnd: "2026-01-20T00:00:00Z" }, "certificates"],
  ["has a newer generation than was made here", { generation: 8 }, "ahead"],
  ["has other content of the same generation", { configText: "another" }, "other-content"],
] as const)
  test(`a host that ${what} is a finding with a line to type`, () => {
    const found = fleet(wantedFleet(1), reportText("h1", changes));

    assert.deepEqual(told(found), [`${kind} h1`]);
    assert.ok((found.findings[0]?.hint ?? "").length > 10);
  });

test("any change of a report but in its proof's place is refused", () => {
  const original = reportText("h1");
  const paths = leavesOf(JSON.parse(original), []).filter(([first]) => first !== "proof" && first !== "version");
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      (path, value) => {
        const changed = JSON.stringify(withLeaf(JSON.parse(original), path, value));
        fc.pre(changed !== original);
        const found = fleet(wantedFleet(1), changed);
        assert.ok(found.findings.length > 0);
        assert.ok(found.hosts.every(({ isProven }) => !isProven));
        assert.deepEqual(found.seen, {});
      },
    ),
  );
});

test("another host's report under this host's name is refused, also by one who has the cluster's hash-key", () => {
  const stolen = { ...(JSON.parse(reportText("h2")) as object), host: "h1", configText: "text of h1" };

  assert.deepEqual(told(fleet(wantedFleet(1), JSON.stringify(stolen))), ["unproven h1"]);
});

test("order and spacing of the file do not matter to its proof", () => {
  const said = JSON.parse(reportText("h1")) as object;
  const other = JSON.stringify(Object.fromEntries(Object.entries(said).toReversed()), undefined, 3);

  assert.deepEqual(told(fleet(wantedFleet(1), other)), []);
});

test("what was believed is never followed by what is older: by the boot's clock within one, by the wall clock across", () => {
  const time = fc.integer({ min: 0, max: 3 });
  const one = fc.record({ boot: fc.integer({ min: 1, max: 2 }), at: time });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), (reports) => {
      let wanted = wantedFleet(1);
      let last: (typeof reports)[number] | undefined;
      for (const report of reports) {
        const text = reportText("h1", {
          // across boots the wall clock goes as the boots do
          writtenAt: `2026-01-01T00:5${report.boot}:0${report.at}.000Z`,
          boot: { id: `boot-${report.boot}`, uptimeMs: report.at * 1000 },
        });
        const found = fleet(wanted, text);
        const isOlder =
          last !== undefined && (report.boot < last.boot || (report.boot === last.boot && report.at < last.at));
        assert.deepEqual(told(found), isOlder ? ["replayed h1"] : []);
        if (!isOlder) last = report;
        wanted = { ...wanted, seen: found.seen };
      }
    }),
  );
});

test("a report that was believed while its clock was ahead does not stand against those after the clock was set right", () => {
  const ahead = { h1: { generation: 7, writtenAt: fleetNow + 86_400_000, boot: { id: "boot-0", uptimeMs: 9 } } };

  assert.deepEqual(told(fleet({ ...wantedFleet(1), seen: ahead }, reportText("h1"))), []);
});

test("of several reports of a host the newest that is believed counts, and an edited one beside it is told", () => {
  const older = reportText("h1", { result: "failed", writtenAt: "2026-01-01T00:10:00.000Z" });
  const edited = older.replace('"failed"', '"settled"');

  assert.deepEqual(told(fleet(wantedFleet(1), older, reportText("h1"))), []);
  assert.deepEqual(told(fleet(wantedFleet(1), edited, reportText("h1"))), ["unproven h1"]);
});

test("a host without a split, and one whose host config is not there, are told as such", () => {
  const [host] = wantedFleet(1).hosts;
  assert.ok(host !== undefined);
  const hosts = (changes: object): Wanted => ({ ...wantedFleet(1), hosts: [{ ...host, ...changes }] });

  assert.deepEqual(told(fleet(hosts({ generation: undefined, config: undefined }))), ["unsplit h1"]);
  assert.deepEqual(told(fleet(hosts({ config: undefined }), reportText("h1"))), ["unproven h1"]);
});

function atNode(
  host: string,
  changes: Partial<NodeWord> & { readonly told?: Partial<Acknowledgement> } = {},
): NodeWord {
  const { told: more, ...rest } = changes;
  const said = { generation: 7, outcome: "applied", agent: "0.1.0", etcd: "3.6.16", ...more } as const;
  const text = acknowledgementText(said, keyOf(host));
  return { host, ready: "True", text, said: acknowledgementIn(text), ...rest };
}

test("Nodes are evidence as reports are: what their agents have said of the wanted host config", () => {
  const found = fleetOf(wantedFleet(2), { carried: [], nodes: [atNode("h1"), atNode("h2")] }, fleetNow);

  assert.deepEqual(told(found), []);
  assert.ok(found.hosts.every(({ isProven }) => isProven));
  assert.deepEqual(found.hosts[0]?.words?.versions, { etcd: "3.6.16", kubernetes: "" });
});

for (const [what, node, kind, isProven] of [
  ["is not registered", undefined, "node-not-ready", false],
  ["has no word of its agent", atNode("h1", { text: "", said: undefined }), "no-report", false],
  ["is of an older generation", atNode("h1", { told: { generation: 6 } }), "behind", false],
  ["is of a newer generation", atNode("h1", { told: { generation: 8 } }), "ahead", false],
  ["tells of a refusal", atNode("h1", { told: { outcome: { refused: "SEALED_OLDER" } } }), "config-refused", false],
  ["tells of a way back", atNode("h1", { told: { outcome: "rolled-back" } }), "failed", true],
  ["has words that its agent has not said", atNode("h1", { text: "7 applied" }), "unproven", false],
  ["has words of another host's agent", { ...atNode("h2"), host: "h1" }, "unproven", false],
  ["is not ready", atNode("h1", { ready: "Unknown" }), "node-not-ready", true],
  ["has certificates that end", atNode("h1", { told: { ends: "2026-01-10T00:00:00Z" } }), "certificates", true],
] as const)
  test(`a Node that ${what} is a finding`, () => {
    const found = fleetOf(wantedFleet(1), { carried: [], nodes: node === undefined ? [] : [node] }, fleetNow);

    assert.deepEqual(told(found), [`${kind} h1`]);
    assert.equal(found.hosts[0]?.isProven, isProven);
  });

test("a host without a kubelet is told to be carried, and one that was carried is judged by its report", () => {
  const [h1, h2] = wantedFleet(2).hosts;
  assert.ok(h1 !== undefined && h2 !== undefined);
  const wanted = { ...wantedFleet(0), hosts: [{ ...h1, isNode: false }, h2] };
  const nodes = [atNode("h2")];

  assert.deepEqual(told(fleetOf(wanted, { carried: [], nodes }, fleetNow)), ["no-node h1"]);
  assert.deepEqual(told(fleetOf(wanted, { carried: carried([reportText("h1")]), nodes }, fleetNow)), []);
  const failed = carried([reportText("h1"), reportText("h2", { result: "failed" })]);
  assert.deepEqual(told(fleetOf(wanted, { carried: failed, nodes }, fleetNow)), ["failed h2"]);
});

test("certificates that are always short-lived are a finding once they are due", () => {
  const short = (renewalDue: string): string =>
    reportText("h1", { certificatesEnd: "2026-01-20T00:00:00Z", renewalDue });

  assert.deepEqual(told(fleet(wantedFleet(1), short("2026-01-10T00:00:00Z"))), []);
  assert.deepEqual(told(fleet(wantedFleet(1), short("2025-12-31T00:00:00Z"))), ["certificates h1"]);
});

test("a report is read, or it is said why not, whatever it is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json({ maxDepth: 4 }), fc.string()), (text) => void reportIn(text)),
    { numRuns: 500 },
  );
  for (const deep of ["[", '{"a":'])
    assert.ok("problem" in reportIn(deep.repeat(100_000) + (deep === "[" ? "]" : "1}").repeat(100_000)));
  const nested = reportText("h1").replace(/^\{/, `{"x":${"[".repeat(5000)}${"]".repeat(5000)},`);
  assert.ok("problem" in reportIn(nested));
  assert.equal(reportOf(reportText("h1", { components: "none", blocked: 7, node: [] })).parts.length, 0);
});

type Path = readonly (string | number)[];

function leavesOf(value: unknown, path: Path): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  // keys of a list are its indexes
  return Object.entries(value).flatMap(([key, inner]: readonly [string, unknown]) => leavesOf(inner, [...path, key]));
}

function withLeaf(value: unknown, [key, ...rest]: Path, leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = withLeaf(copy[key], rest, leaf);
  return copy;
}
