import assert from "node:assert/strict";
import { test } from "node:test";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import type { Report } from "./report.ts";
import { printStatus } from "./print-status.ts";

const now = Date.parse("2026-01-01T00:00:30Z");

test("status is a table of components and the age of the report", () => {
  const report = buildReport({
    components: [
      buildComponent({
        component: "lb",
        container: "lb",
        name: "lb",
        state: "exited",
        healthy: false,
        startedAt: undefined,
        certificatesEnd: undefined,
      }),
      buildComponent(),
    ],
  });

  assert.equal(
    printStatus(report, { now }),
    `CONTAINER  STATE         HEALTHY  CERTIFICATES
etcd-h1    running 1h5m  yes      2026-12-01 (333d)
lb         exited        NO       -

cluster demo, host h1, generation 3; agent 0.1.0; tick 7 settled 30s ago
`,
  );
});

test("how often one was started again stands in its row, with its last exit code", () => {
  const report = buildReport({
    components: [
      buildComponent({ component: "a", name: "a", restarts: 3, exitCode: 2 }),
      buildComponent({ component: "b", name: "b", restarts: 1, state: "restarting" }),
      buildComponent({ component: "c", name: "c" }),
    ],
  });

  assert.equal(
    printStatus(report, { now }).split("\n\n")[0],
    `CONTAINER  STATE                              HEALTHY  CERTIFICATES
a          running 1h5m (3 restarts, exit 2)  yes      2026-12-01 (333d)
b          restarting (1 restart)             yes      2026-12-01 (333d)
c          running 1h5m                       yes      2026-12-01 (333d)
`.trimEnd(),
  );
});

test("the table of a control plane is a line a container; with long names and states it is no wider, and nothing is lost", () => {
  const names = ["api-load-balancer-kubernetes", "etcd-h1", "kube-apiserver", "kube-controller-manager", "kubelet"];
  const components = names.map((name) => buildComponent({ component: name, name, restarts: 3, exitCode: 137 }));
  const tableOf = (all: Report["components"]): readonly string[] =>
    printStatus(buildReport({ components: all }), { now })
      .split("\n\n")[0]
      ?.split("\n") ?? [];

  const ordinary = tableOf(components.map((one) => ({ ...one, restarts: 0 })));
  const restarted = tableOf(components);
  const long = tableOf(
    names.map((_, index) =>
      buildComponent({
        component: `checks-of-${"a-shop".repeat(4)}-${index}`,
        name: `the-web-server-of-the-second-shop-${index}`.padEnd(40, "x"),
        state: "a state that only some engine of a later version has",
        restarts: 12_345,
        exitCode: 137,
      }),
    ),
  );

  assert.equal(ordinary.length, names.length + 1);
  for (const line of [...ordinary, ...restarted, ...long]) assert.ok(line.length <= 80, line);
  assert.match(restarted.join("\n"), /^etcd-h1 +running 1h5m \(3 restarts, +yes +2026-12-01 \(333d\)\n +exit 137\)$/m);
  const shown = long.join("\n");
  for (const word of ["second-shop-4xx", "12345", "137)", "(333d)", "later"]) assert.ok(shown.includes(word), word);
});

test("what is wrong stands below the table", () => {
  const report = buildReport({
    result: "failed",
    components: [
      buildComponent({
        healthy: false,
        reason: "tcp://127.0.0.1:2379: ECONNREFUSED",
        certificatesEnd: "2025-12-31T00:00:00Z",
      }),
    ],
    blocked: [{ component: "etcd", container: "etcd-h1", code: "waiting", reason: "no peer answers" }],
    problems: [
      { path: "etcd.image", problem: "not an image", hint: "see README", file: "host.yaml", line: 3, column: 5 },
    ],
    warnings: ["the ledger was lost"],
    error: { code: "ENGINE_UNREACHABLE", message: "the engine does not answer", details: "" },
  });

  assert.equal(
    printStatus(report, { now }),
    `CONTAINER  STATE         HEALTHY  CERTIFICATES
etcd-h1    running 1h5m  NO       2025-12-31 EXPIRED

etcd-h1: tcp://127.0.0.1:2379: ECONNREFUSED

etcd-h1: waiting: no peer answers

host.yaml:3:5: etcd.image: not an image (see README)

warning: the ledger was lost

last tick failed: the engine does not answer (ENGINE_UNREACHABLE)

cluster demo, host h1, generation 3; agent 0.1.0; tick 7 failed 30s ago
`,
  );
});

test("what an old report says of health is not shown as if it were so now", () => {
  const stale = "the report is OLD: is the agent running?";
  const text = printStatus(buildReport({ components: [buildComponent()], stale }), { now: now + 3_600_000 });

  assert.match(text, /running 2h5m  \?/);
  assert.match(text, /settled 1h0m ago; the report is OLD: is the agent running\?/);
});

test("a host that was reset says so, since when, and how it begins again", () => {
  const report = buildReport({ result: "stopped", stoppedSince: "2026-01-01T00:00:00Z" });

  assert.match(
    printStatus(report, { now }),
    /this host was reset at 2026-01-01T00:00:00Z and stays empty until: flexkube-agent apply/,
  );
});

test("before the first report and the first config there is something to say", () => {
  const { cluster: _cluster, host: _host, generation: _generation, ...empty } = buildReport();

  assert.match(printStatus(undefined, { now }), /no report yet/);
  assert.match(printStatus(empty, { now }), /^no components\n\nno host config in force; agent 0\.1\.0/);
});

test("one that runs to its end is done, or what the engine says", () => {
  const install = { component: "install", container: "install", certificatesEnd: undefined, once: true } as const;
  const endedAt = "2025-12-31T22:55:00.000Z";
  const report = buildReport({
    components: [
      buildComponent({ ...install, name: "a", state: "exited", endedAt }),
      buildComponent({ ...install, name: "b", state: "exited", healthy: false, endedAt }),
      buildComponent({ ...install, name: "c", healthy: false }),
    ],
  });

  assert.equal(
    printStatus(report, { now }).split("\n\n")[0],
    `CONTAINER    STATE         HEALTHY  CERTIFICATES
a (install)  done 1h5m     yes      -
b (install)  exited        NO       -
c (install)  running 1h5m  NO       -
`.trimEnd(),
  );
});

test("what a preflight found is told once, a line each", () => {
  const reason = "the host is not ready for it: swap";
  const details = ["swap: found /dev/sda2, needed none; to mend it: swapoff -a"];
  const report = buildReport({
    components: [
      buildComponent({ component: "kubelet", container: "kubelet", name: "kubelet", healthy: false, reason }),
    ],
    blocked: [{ component: "kubelet", container: "kubelet", code: "preflight", reason, details }],
  });

  assert.equal(
    printStatus(report, { now }).split("\n\n")[1],
    `kubelet: preflight: the host is not ready for it: swap
  swap: found /dev/sda2, needed none; to mend it: swapoff -a`,
  );
});

test("each row stays one row, whatever engines, programs and people have put into it", () => {
  const told = (text: string): Report =>
    buildReport({
      cluster: `demo${text}`,
      host: `h1${text}`,
      agentVersion: `0.1.0${text}`,
      components: [
        buildComponent({ name: `web${text}`, component: `web${text}`, healthy: false, reason: `refused${text}` }),
      ],
      blocked: [
        { component: "web", container: `web${text}`, code: "postponed", reason: `no${text}`, details: [`more${text}`] },
      ],
      problems: [{ path: `a${text}`, problem: `b${text}`, hint: `c${text}`, file: `d${text}` }],
      warnings: [`image${text}`],
      node: { name: `n${text}`, ready: "True", kubeletVersion: `v1${text}` },
      clusterObjects: { appliedBy: `h2${text}` },
      error: { code: "ENGINE_ERROR", message: `engine${text}`, details: JSON.stringify({ reason: `x${text}` }) },
    });
  const present = { now: Date.parse("2026-01-01T00:00:10.000Z") };
  const plain = printStatus(told(""), present).split("\n");

  for (const hostile of ["\nweb  running  yes", "\r\nok", "\u2028ok", "\u0085\u000b\u000cok", "\u001b[2K\u001b[1Aok"]) {
    const rows = printStatus(told(hostile), present).split("\n");

    assert.equal(rows.length, plain.length);
    assert.ok(
      rows.every((row) => !/[\u0000-\u001f\u007f-\u009f\u2028]/.test(row)),
      hostile,
    );
  }
});

test("status ends with the date before which to deliver, and when the next renewal is due or was", () => {
  const dates = { certificatesEnd: "2028-01-01T00:00:00Z", renewalDue: "2026-12-31T23:30:00Z" };
  const last = (at: string): string =>
    printStatus(buildReport(dates), { now: Date.parse(at) })
      .trimEnd()
      .split("\n")
      .at(-1) ?? "";

  assert.match(
    last("2026-01-01T00:00:00Z"),
    /^deliver a newer host config before 2028-01-01T00:00:00Z .*; the next renewal is due 2026-12-31T23:30:00Z: split and deliver by then$/,
  );
  assert.match(last("2027-01-01T00:00:00Z"), /the next renewal was due 2026-12-31/);
  assert.match(last("2028-01-02T00:00:00Z"), /^a certificate ended at 2028/);
});

test("what is left of a plan is told step by step, and since when ticks fail", () => {
  const pending = { count: 22, first: ["stop web (image changed)", "start web (image changed)"] };
  const text = printStatus(buildReport({ result: "failed", pending, failingForMs: 300_000 }), { now });

  assert.equal(
    text.split("\n\n").slice(1).join("\n\n"),
    `to do: stop web (image changed)
to do: start web (image changed)
to do: and 20 more

cluster demo, host h1, generation 3; agent 0.1.0; tick 7 failed 30s ago; ticks fail for 5m0s
`,
  );
  assert.ok(!printStatus(buildReport({ result: "failed", failingForMs: 0 }), { now }).includes("ticks fail"));
});

test("a state of the Node that is no word of ours is a kubelet that is silent", () => {
  const told = (ready: string): string => printStatus(buildReport({ node: { name: "n", ready } }), { now });

  for (const ready of ["Unknown", "constructor", "toString"])
    assert.match(told(ready), /node n: NOT READY \(its kubelet is silent\)\n/);
  assert.match(told("False"), /node n: NOT READY\n/);
});

test("a report of another's making may have any number of rows", () => {
  const components = Array.from({ length: 200_000 }, () => buildComponent());

  assert.equal(printStatus(buildReport({ components }), { now }).split("etcd-h1").length, 200_001);
});
