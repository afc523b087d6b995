import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { DesiredContainer, DesiredProbe } from "#shared/state/desired.ts";
import type { Step, StepArguments, StepKind } from "#shared/state/step.ts";
import type { HostEvent } from "./host-event.ts";
import { explain, freedBy } from "./explain.ts";

const probe: DesiredProbe = { settle: "1s", interval: "1s", timeout: "1s", threshold: 1, deadline: "6s" };
const verdict = { digest: "d", config: "c", state: "rejected", reason: "it did not work", at: 0, tries: 1 } as const;
const container: DesiredContainer = {
  component: "web",
  name: "web",
  rank: 0,
  dependsOn: [],
  spec: plainSpec(),
  specHash: "s",
  digest: "d",
  restart: "always",
  resources: {},
  dataDirectories: [],
  live: [],
  probe,
  goBack: "always",
  claims: [],
};
const restoring = { restore: "r1-0f3a5b7c9d11", dataDirectory: "/data", owner: { uid: 1, gid: 1 } };
const member = { name: "h1", peerUrl: "https://h1", initialCluster: "h1=https://h1", token: "t" };
const job = { release: "r", operation: "install", namespace: "n", digest: "d", image: "helm:1", until: 0 } as const;

/** Of each kind one; a new kind does not compile without. */
const samples: { readonly [Kind in StepKind]: StepArguments[Kind] } = {
  removeHelper: { id: "1", name: "h" },
  fetchImage: { image: "web:2" },
  commitFiles: { directories: [], fresh: [], replaced: [], removed: [{ path: "/etc/x", component: "web" }] },
  giveDirectories: { directories: [] },
  restoreData: {
    ...restoring,
    snapshot: "/s",
    clears: false,
    hasTail: true,
    image: "e:1",
    etcdutl: "/etcdutl",
    member,
  },
  swapData: restoring,
  renameContainer: { id: "1", from: "web", to: "web.old" },
  updateContainer: { id: "1", restart: "no" },
  createContainer: { spec: plainSpec(), specHash: "s", restart: "always", resources: {}, startArgs: [] },
  startContainer: {},
  stopContainer: { id: "1", timeoutSeconds: 3 },
  removeContainer: { id: "1" },
  mendHost: { mends: ["swapoff"] },
  checkFiles: { spec: plainSpec(), files: [] },
  signalContainer: { id: "1", signal: "HUP", delivers: {} },
  waitHealthy: { probe, digest: "d" },
  recordFailure: { verdict },
  takeDisruption: { host: "h1", container, required: true },
  freeDisruption: {},
  patchNode: { resourceVersion: "1", labels: {}, annotations: {}, changes: ["label a=b"] },
  applyManifest: { image: "kubectl:1", digest: "d", objects: [], before: [], stale: [] },
  pruneObjects: { deletes: [], forgets: [], isWhole: true },
  installRelease: { image: "helm:1", digest: "d", namespace: "n" },
  uninstallRelease: { image: "helm:1", namespace: "n" },
  finishRelease: { id: "1", job },
  settleVerdict: { verdict },
};

function stepOf(kind: StepKind, component: string): Step {
  // the table has the arguments of exactly this kind; TypeScript cannot follow the union through an index
  return { kind, subject: component, component, cause: `cause of ${kind}`, arguments: samples[kind] } as Step;
}

const nothing = { steps: [], blocked: [] };
const event = (kind: string, minute: number, cause: string): HostEvent => ({
  at: `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`,
  kind,
  component: "web",
  container: "web",
  cause,
});

for (const kind of Object.keys(samples) as readonly StepKind[])
  test(`what would be done is told with its cause: ${kind}`, () => {
    const plan = { ...nothing, steps: [stepOf(kind, "web"), stepOf("removeContainer", "other")] };

    const told = explain({ component: "web", events: [], plan });

    assert.match(told, new RegExp(`^  .*\\(cause of ${kind}\\)$`, "m"));
    assert.doesNotMatch(told, /other/);
    if (kind !== "commitFiles")
      assert.match(
        explain({ component: "lb", events: [], plan }),
        /^now:\n {2}nothing differs that a step would change$/m,
      );
  });

test("a component is told from its last start on, with what led to it, what is planned and what holds it", () => {
  const events = [
    event("started", 1, "not there"),
    event("ended", 5, "it ended, but not by the agent"),
    event("started", 6, "not running"),
    event("failed", 7, "its probe does not hold"),
  ];
  const blocked = [
    { component: "web", container: "web", code: "rejected", reason: "it did not work", details: ["line"] },
    { component: "lb", container: "lb", code: "waiting", reason: "no" },
  ] as const;

  assert.equal(
    explain({ component: "web", events, plan: { steps: [stepOf("startContainer", "web")], blocked } }),
    `done:
  2026-01-01T00:05:00Z  web  ended    it ended, but not by the agent
  2026-01-01T00:06:00Z  web  started  not running
  2026-01-01T00:07:00Z  web  failed   its probe does not hold
now:
  start web (cause of startContainer)
held:
  web: it did not work (rejected)
    line
    free when: another host config comes: correct the cluster config, split and deliver
`,
  );
});

test("a component that went back is told from the start that did not work on, with how that ended and its last words", () => {
  const failed = { ...event("failed", 4, "not healthy in time"), exitCode: 7, output: "no words are left" };
  const events = [
    event("started", 1, "not there"),
    event("stopped", 2, "argument 2 differs"),
    event("started", 3, "argument 2 differs"),
    failed,
    event("removed", 5, "the new container did not work"),
    event("started", 6, "the new container did not work"),
    event("rejected", 7, "not healthy in time"),
  ];

  assert.equal(
    explain({ component: "web", events, plan: nothing }),
    `done:
  2026-01-01T00:02:00Z  web  stopped   argument 2 differs
  2026-01-01T00:03:00Z  web  started   argument 2 differs
  2026-01-01T00:04:00Z  web  failed    not healthy in time (exit code 7)
      | no words are left
  2026-01-01T00:05:00Z  web  removed   the new container did not work
  2026-01-01T00:06:00Z  web  started   the new container did not work
  2026-01-01T00:07:00Z  web  rejected  not healthy in time
now:
  nothing differs that a step would change
`,
  );
});

test("of many events since the start the first and the newest are told; of none that there are none", () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    event(index === 0 ? "started" : "restarted", index, `cause ${index}`),
  );

  const told = explain({ component: "web", events: many, plan: nothing });

  assert.deepEqual(
    [...told.matchAll(/cause ([0-9]+)/g)].map(([, number]) => Number(number)),
    [0, 1, 22, 23, 24, 25, 26, 27, 28, 29],
  );
  assert.match(
    explain({ component: "web", events: [], plan: nothing }),
    /^done:\n {2}the event log tells nothing of it$/m,
  );
});

test("each kind of being held says what frees it", () => {
  for (const [code, text] of Object.entries(freedBy)) {
    const blocked = [{ component: "web", container: "web", code: code as keyof typeof freedBy, reason: "why" }];
    assert.ok(explain({ component: "web", events: [], plan: { steps: [], blocked } }).endsWith(`free when: ${text}\n`));
  }
});
