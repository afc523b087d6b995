import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printStatus } from "#agent/report/print-status.ts";
import { Report } from "#agent/report/report.ts";
import type { HostEvent } from "#agent/report/host-event.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { hostPage } from "./host-page.ts";

const now = Date.parse("2026-01-01T00:00:30Z");

function pageOf(changes: Partial<Report>, events: readonly HostEvent[] = []): string {
  return hostPage({ report: buildReport(changes), events, present: { now } });
}

/** What is shown, without tags. */
function textOf(page: string): string {
  return page.slice(page.indexOf("<body>")).replaceAll(/<[^>]*>/g, "");
}

/** Of a section, by its heading; "" when the page has none. */
function sectionOf(page: string, title: string): string {
  return page.split("<section>").find((part) => part.startsWith(`<h2>${title}</h2>`)) ?? "";
}

test("a host that is well: its generation, the last tick, containers in the order of status, and nothing that is empty", () => {
  const page = pageOf({
    components: [
      buildComponent({
        component: "web",
        container: "web",
        name: "web",
        certificatesEnd: undefined,
        restarts: 3,
        exitCode: 2,
      }),
      buildComponent(),
    ],
  });

  assert.match(textOf(page), /Host h1\s+as it should be as seen at 2026-01-01T00:00:30Z/);
  assert.match(textOf(page), /cluster demo, host h1, generation 3; agent 0\.1\.0; tick 7 settled 30s ago/);
  const containers = sectionOf(page, "Containers");
  assert.match(
    containers,
    /✔ etcd-h1<\/span>.* running 1h5m.*certificates 2026-12-01.*✔ web<\/span>.* running 1h5m \(3 restarts, exit 2\)/,
  );
  for (const title of ["Who waits", "What is wrong", "To do", "etcd", "Kubernetes", "Latest events"])
    assert.equal(sectionOf(page, title), "", title);
});

test("what is held says why, what frees it and the line to type; what only waits for others is no alarm", () => {
  const waits = { component: "etcd", container: "etcd-h1", code: "waiting", reason: "h2 holds the lock" };
  const swap = {
    component: "kubelet",
    container: "kubelet",
    code: "preflight",
    reason: "the host is not ready for it: swap",
    details: ["swap: found /dev/sda2; to mend it: swapoff -a"],
  };
  const held = sectionOf(pageOf({ result: "failed", blocked: [waits, swap] }), "Who waits");

  for (const shown of [
    '<strong class="wait">etcd-h1</strong> waiting: h2 holds the lock',
    "free when that is so; each tick looks again, and nothing is to be done here",
    "<code>flexkube-agent explain etcd</code>",
    "swap: found /dev/sda2; to mend it: swapoff -a",
    "free when the host is made ready for it",
  ])
    assert.ok(held.includes(shown), shown);
  assert.ok(
    pageOf({ result: "failed", blocked: [waits] }).includes('<strong class="wait">etcd-h1: h2 holds the lock</strong>'),
  );
  assert.ok(
    pageOf({ result: "failed", blocked: [waits, swap] }).includes(
      '<strong class="bad">etcd-h1: h2 holds the lock</strong>',
    ),
  );
  assert.ok(pageOf({ blocked: [{ ...waits, code: "constructor" }] }).includes("constructor: h2 holds the lock"));
});

test("a tick that failed: the error, all problems, and since when ticks fail", () => {
  const page = pageOf({
    result: "failed",
    failingForMs: 300_000,
    components: [buildComponent({ healthy: false, reason: "nothing listens there" })],
    problems: [{ path: "etcd.image", problem: "not an image", file: "host.yaml", line: 3, column: 5 }],
    sources: [{ name: "https://a", state: "refused", reason: "it is older" }],
    warnings: ["the ledger was lost"],
    error: { code: "ENGINE_UNREACHABLE", message: "the engine does not answer", details: "" },
  });

  assert.ok(page.includes('<strong class="bad">the engine does not answer (ENGINE_UNREACHABLE)</strong>'));
  assert.ok(page.includes("tick 7 failed 30s ago; ticks fail for 5m0s"));
  assert.match(sectionOf(page, "Containers"), /✘ etcd-h1<\/span>.*: nothing listens there/);
  const wrong = textOf(sectionOf(page, "What is wrong"));
  for (const shown of [
    "(ENGINE_UNREACHABLE)",
    "host.yaml:3:5: etcd.image: not an image",
    "https://a: refused: it is older",
    "the ledger was lost",
  ])
    assert.ok(sectionOf(page, "What is wrong").includes(shown), `${shown} in ${wrong}`);
});

test("a tick under way: the step, what is left of the plan, and that nothing is wrong yet", () => {
  const underway = {
    step: "fetch image web:2 (missing)",
    since: "2026-01-01T00:00:10Z",
    detail: "3 of 7 layers",
    done: 1,
  };
  const pending = { count: 22, first: ["fetch image web:2 (missing)", "start web (image changed)"] };
  const page = pageOf({ result: "working", stepCount: 23, underway, pending });

  assert.ok(
    page.includes(
      '<strong class="wait">under way: fetch image web:2 (missing) (1 of 23 steps done) since 20s: 3 of 7 layers</strong>',
    ),
  );
  assert.ok(sectionOf(page, "To do").includes("<li>start web (image changed)</li><li>and 20 more</li>"));
});

test("the own member of etcd: who leads, who is silent, what waits, the backup's age", () => {
  const members = [
    { name: "h1", role: "leader", isWell: true },
    { name: "h2", role: "voter", isWell: false },
  ] as const;
  const newest = { name: "x.db", takenAt: "2025-12-31T22:00:30Z", revision: 5, bytes: 4128 };
  const etcd = sectionOf(
    pageOf({
      etcdMembers: { generation: 4, wished: ["h1", "h2"], members, waits: "h2 is silent" },
      etcdBackup: {
        directory: "/var/lib/flexkube-backup",
        everyMs: 3_600_000,
        newest,
        kept: 2,
        damaged: [],
        failures: 0,
      },
    }),
    "etcd",
  );

  for (const shown of [
    '<span class="good">✔ h1</span> leader',
    '<span class="bad">✘ h2</span> voter',
    "waits: h2 is silent",
    "(2h0m ago)",
  ])
    assert.ok(etcd.includes(shown), shown);
  const untold = pageOf({ etcdMembers: { generation: 4, wished: [], members: [] } });
  assert.ok(sectionOf(untold, "etcd").includes("etcd members not told yet"));
});

test("ends of certificates stand on one scale, the next one first, beside the day before which to deliver", () => {
  const page = pageOf({
    components: [
      buildComponent({ name: "long", certificatesEnd: "2026-12-31T00:00:30Z" }),
      buildComponent({ name: "soon", certificatesEnd: "2026-01-15T00:00:30Z" }),
      buildComponent({ name: "ended", certificatesEnd: "2025-12-31T00:00:30Z" }),
      buildComponent({ name: "no day", certificatesEnd: "never" }),
    ],
    certificatesEnd: "2025-12-31T00:00:30Z",
  });
  const section = sectionOf(page, "Certificates");

  assert.deepEqual(
    [...section.matchAll(/<li><span>(\w+)<\/span><svg class="track (\w+)"[^>]*><rect width="([0-9.]+)%"/g)].map(
      ([, ...found]) => found,
    ),
    [
      ["ended", "bad", "0.5"],
      ["soon", "wait", "3.8"],
      ["long", "good", "100"],
    ],
  );
  assert.ok(section.includes("a certificate ended at 2025-12-31T00:00:30Z: deliver a newer host config"));
});

test("the latest events come first, with their cause and without what programs said", () => {
  const event = (second: number): HostEvent => ({
    at: `2026-01-01T00:00:${String(second).padStart(2, "0")}.123Z`,
    kind: "ended",
    component: "web",
    container: `web-${second}`,
    cause: "it ended, but not by the agent",
    exitCode: 2,
    output: "password=hunter2",
  });
  const page = pageOf(
    {},
    Array.from({ length: 30 }, (_, index) => event(index)),
  );
  const shown = [...sectionOf(page, "Latest events").matchAll(/<strong>(web-\d+)<\/strong>/g)].map(([, name]) => name);

  assert.deepEqual([shown.length, shown[0], shown.at(-1)], [20, "web-29", "web-10"]);
  assert.ok(
    page.includes(
      "2026-01-01T00:00:29Z</span> <strong>web-29</strong> ended: it ended, but not by the agent (exit code 2)",
    ),
  );
  assert.ok(!page.includes("hunter2"));
});

test("a report that is old, a host that was reset and no report at all say so", () => {
  const old = pageOf({ stale: "the report is OLD: is the agent running?", components: [buildComponent()] });

  assert.ok(old.includes('<strong class="bad">the report is OLD: is the agent running?</strong>'));
  assert.ok(sectionOf(old, "Containers").includes('<span class="wait">? etcd-h1</span>'));
  assert.ok(
    pageOf({ result: "stopped", stoppedSince: "2026-01-01T00:00:00Z" }).includes(
      "stays empty until: flexkube-agent apply",
    ),
  );
  assert.ok(hostPage({ report: undefined, events: [], present: { now } }).includes("no report yet"));
});

const nasty = fc.oneof(
  fc.constantFrom(
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "</style><b>",
    "</pre></main><a href=//evil>",
    "\u202e\u001b[2J<form action=//evil>",
    "&lt;script&gt;",
    "constructor",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const times = fc.constantFrom("2026-01-01T00:00:00Z", "<b>", "");

/** Everything that the schema takes, with texts that would like to be markup. */
const reports = fc.record({
  texts: fc.array(nasty, { minLength: 12, maxLength: 12 }),
  time: times,
  well: fc.boolean(),
  result: fc.constantFrom("settled", "failed", "working", "stopped"),
});

test("nothing of a report or an event is markup, and the same as text is on the page line by line", () => {
  fc.assert(
    fc.property(reports, ({ texts, time, well, result }) => {
      const [a = "", b = "", c = "", d = "", e = "", f = "", g = "", h = "", i = "", j = "", k = "", l = ""] = texts;
      const report = Report.parse({
        ...buildReport(),
        cluster: a,
        host: b,
        agentVersion: c,
        result,
        underway: { step: d, since: time, detail: e },
        pending: { count: 3, first: [f, g] },
        problems: [{ path: h, problem: i, hint: j, file: k, line: 1 }],
        blocked: [{ component: l, container: a, code: b, reason: c, details: [d, e] }],
        components: [
          buildComponent({
            component: f,
            name: g,
            state: h,
            healthy: well,
            reason: i,
            image: j,
            certificatesEnd: time,
            startedAt: time,
          }),
        ],
        sources: [{ name: k, state: "refused", reason: l }],
        certificatesEnd: time,
        renewalDue: time,
        warnings: [a],
        node: { name: b, ready: c, kubeletVersion: d },
        clusterObjects: { appliedBy: e },
        etcdBackup: {
          directory: f,
          everyMs: 1,
          newest: { name: g, takenAt: time, revision: 1, bytes: 1 },
          kept: 1,
          damaged: [],
          failures: 0,
        },
        etcdCare: { quotaBytes: 1, sizeBytes: 1, inUseBytes: 1, alarms: [], waits: h },
        etcdMembers: { generation: 1, wished: [], members: [{ name: i, role: "leader", isWell: well }], waits: j },
        error: { code: k, message: l, details: a },
      });
      const event = { at: time, kind: a, component: b, container: c, cause: d, output: "never shown" };
      const page = hostPage({ report, events: [event], present: { now } });

      const body = page.slice(page.indexOf("<body>"));
      const tags = new Set([...body.matchAll(/<\/?([a-zA-Z0-9]+)/g)].map(([, name]) => name));
      const known = "body header h1 h2 p strong span main section ul li div code pre svg rect html".split(" ");
      assert.deepEqual(
        [...tags].filter((tag) => !known.includes(tag ?? "")),
        [],
      );
      assert.equal(body.match(/<\/main>/g)?.length, 1);
      assert.equal(page.match(/<style>/g)?.length, 1);
      assert.doesNotMatch(page, /<[^>]*\s(on[a-z]+|src|href|action|style)=/);
      assert.doesNotMatch(page, /url\(|@import|never shown|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      const twin = unescaped(page.slice(page.indexOf("<pre>") + 5, page.indexOf("</pre>")));
      assert.equal(twin, printStatus(report, { now }));
    }),
  );
});

function unescaped(html: string): string {
  const texts: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return html.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => texts[name] ?? "");
}

test("a report without bounds makes a page with them", () => {
  const long = '"'.repeat(600);
  const many = <Item>(item: Item, count = 1000): readonly Item[] => Array.from({ length: count }, () => item);
  const page = pageOf(
    {
      components: many(buildComponent({ component: long, name: long, state: long, healthy: false, reason: long })),
      blocked: many({ component: long, container: long, code: long, reason: "x".repeat(600), details: many(long, 20) }),
      problems: many({ path: long, problem: long }),
      warnings: many(long),
      pending: { count: 1000, first: many(long) },
      etcdMembers: { generation: 1, wished: [], members: many({ name: long, role: "voter", isWell: true } as const) },
    },
    many({ at: long, kind: long, component: long, container: long, cause: long }),
  );

  assert.ok(page.length < 3_000_000, `${page.length}`);
  assert.ok(page.includes("and 980 more"));
});
