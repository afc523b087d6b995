// When what others stand in for may stop, told by printed plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { etcdMember, etcdSecrets } from "#shared/expand/testing/etcd-member-builder.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { disruptionInQuestion } from "./disruption-question.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { nobodyHolds, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";

const now = Date.UTC(2026, 0, 1);
const web = (image: string): DesiredState => lockBound(expand(hostConfig({ containers: { web: { image } } })));
const before = web("web:1");
const after = web("web:2");

function etcd(argument: string, locked: boolean): DesiredState {
  const endpoints = { h1: { address: "10.77.0.11" }, h2: { address: "10.77.0.12" }, h3: { address: "10.77.0.13" } };
  return expand(
    hostConfig({
      etcd: etcdMember({ extraArgs: [argument] }),
      ...(locked ? { disruption: { etcd: { endpoints } } } : {}),
      secrets: etcdSecrets(),
    }),
  );
}

function plan(desired: DesiredState, observed: ObservedState, fallback: DesiredState = before): string {
  return printPlan(reconcile({ desired, fallback }, observed));
}

/** The first words of each line. */
function outline(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/ \(.*/, ""));
}

test("a replacement under the lock, with its causes", () => {
  assert.equal(
    plan(after, settledState(before, now)),
    `take the disruption lock for web (image changed from web:1 to web:2)
rename web to web.old (image changed from web:1 to web:2)
update web restart=no (image changed from web:1 to web:2)
create web from web:2 (image changed from web:1 to web:2)
stop web within 10s (image changed from web:1 to web:2)
start web (image changed from web:1 to web:2)
wait until web is healthy, at most 60s (image changed from web:1 to web:2)
remove the old web (its successor works)
free the disruption lock of web (it is done)
`,
  );
});

test("without an answer about the lock it waits, and the lock is in question", () => {
  const observed = { ...settledState(before, now), disruption: undefined };
  const context = { desired: after, fallback: before, observed };

  assert.equal(plan(after, observed), "! web: the disruption lock has not been asked for yet (waiting)\n");
  assert.deepEqual(
    disruptionInQuestion(context, reconcile(context, observed)).map(({ name }) => name),
    ["web"],
  );
});

test("nothing is asked for a first start, a restart of what is down, and a host that is as desired", () => {
  const settled = settledState(before, now);
  const down = {
    ...settled,
    containers: settled.containers.map((container) => ({ ...container, state: "exited" as const })),
    health: new Map([["web", false]]),
    working: new Set<string>(),
  };
  const empty = { ...down, containers: [] };

  for (const observed of [settled, down, empty]) {
    const context = { desired: before, fallback: before, observed: { ...observed, disruption: undefined } };
    const found = reconcile(context, context.observed);
    assert.deepEqual(disruptionInQuestion(context, found), []);
    assert.deepEqual(found.blocked, []);
    assert.ok(!printPlan(found).includes("lock"));
  }
});

test("cut between create and stop, the next plan still asks before the old container stops", () => {
  const settled = settledState(before, now);
  const { steps } = reconcile({ desired: after, fallback: before }, settled);
  const create = steps.findIndex((step) => step.kind === "createContainer");
  const cut = simulate(settled, steps.slice(0, create + 1));

  assert.equal(
    plan(after, { ...cut, disruption: { lock: { failed: [] }, answering: new Map([["web", ["h2"]]]) } }),
    "! web: it stops only while the API servers of all other hosts answer; no answer from h3 (waiting)\n",
  );
  assert.deepEqual(outline(plan(after, cut)), [
    "take the disruption lock for web",
    "stop web within 10s",
    "start web",
    "wait until web is healthy, at most 60s",
    "remove the old web",
    "free the disruption lock of web",
  ]);
});

test("an etcd member that was cut between create and stop asks its peers, with a lock and without", () => {
  for (const locked of [true, false]) {
    const [old, wanted] = [etcd("--heartbeat-interval=100", locked), etcd("--heartbeat-interval=150", locked)];
    const settled = settledState(old, now);
    const { steps } = reconcile({ desired: wanted, fallback: old }, settled);
    const create = steps.findIndex((step) => step.kind === "createContainer");
    const cut = simulate(settled, steps.slice(0, create + 1));
    const alone = new Map([["etcd-h1", { peers: new Map(), healthy: ["h3"] }]]);

    assert.equal(
      plan(wanted, { ...cut, etcd: alone }, old),
      "! etcd-h1: this member stops only while all others answer; no answer from h2 (waiting)\n",
    );
  }
});

test("a lock that nobody keeps since all others are away is told as the others who are waited for", () => {
  const [old, wanted] = [etcd("--heartbeat-interval=100", true), etcd("--heartbeat-interval=150", true)];
  const cutOff: ObservedState = {
    ...settledState(old, now),
    etcd: new Map([["etcd-h1", { peers: new Map(), healthy: [] }]]),
    disruption: { lock: { unknown: "no etcd member answers" }, answering: new Map() },
  };

  assert.equal(
    plan(wanted, cutOff, old),
    "! etcd-h1: this member stops only while all others answer; no answer from h2, h3 (waiting)\n",
  );
});

test("once the old container is down the replacement goes on, with the lock if it can be had", () => {
  const settled = settledState(before, now);
  const { steps } = reconcile({ desired: after, fallback: before }, settled);
  const stop = steps.findIndex((step) => step.kind === "stopContainer");
  const free = { ...simulate(settled, steps.slice(0, stop + 1)), disruption: nobodyHolds(after) };
  const others = (host: string): ObservedState => ({
    ...free,
    disruption: {
      lock: { failed: [], holder: { host, component: "web", container: "web", since: now } },
      answering: new Map(),
    },
  });
  const goesOn = ["stop web within 10s", "start web", "wait until web is healthy, at most 60s", "remove the old web"];

  assert.deepEqual(outline(plan(after, others("h2"))), goesOn);
  assert.deepEqual(
    outline(plan(after, { ...free, disruption: { lock: { unknown: "x" }, answering: new Map() } })),
    goesOn,
  );
  const locked = ["take the disruption lock for web if it can be had", ...goesOn, "free the disruption lock of web"];
  assert.deepEqual(outline(plan(after, free)), locked);
  assert.deepEqual(outline(plan(after, others("h1"))), locked);
});

test("what nothing asks for any more is removed under the lock, as long as the config before is known", () => {
  const gone = lockBound(expand(hostConfig({ containers: {} })));

  assert.deepEqual(outline(plan(gone, settledState(before, now))), [
    "take the disruption lock for web",
    "stop web within 10s",
    "remove web",
    "free the disruption lock of web",
  ]);
  assert.equal(
    plan(gone, {
      ...settledState(before, now),
      disruption: { lock: { unknown: "no answer" }, answering: new Map([["web", ["h2", "h3"]]]) },
    }),
    "! web: the disruption lock cannot be asked for: no answer (waiting)\n",
  );
});

test("a host that loses its last role removes under the lock of the config before, and waits as any other", () => {
  const gone = expand(hostConfig({ containers: {} }));
  const settled = settledState(before, now);
  const held: ObservedState["disruption"] = {
    lock: { failed: [], holder: { host: "h2", component: "web", container: "web", since: now } },
    answering: new Map([["web", ["h2", "h3"]]]),
  };
  const unasked = { ...settled, disruption: undefined };

  assert.deepEqual(outline(plan(gone, settled)), [
    "take the disruption lock for web",
    "stop web within 10s",
    "remove web",
    "free the disruption lock of web",
  ]);
  assert.equal(plan(gone, { ...settled, disruption: held }), "! web: h2 replaces its web (waiting)\n");
  const context = { desired: gone, fallback: before, observed: unasked };
  assert.deepEqual(
    disruptionInQuestion(context, reconcile(context, unasked)).map(({ name }) => name),
    ["web"],
  );
});

test("what is down already, and what was never bound, is removed without the lock", () => {
  const gone = expand(hostConfig({ containers: {} }));
  const down = { ...settledState(before, now), working: new Set<string>() };
  const plain = expand(hostConfig({ containers: { web: { image: "web:1" } } }));

  assert.deepEqual(outline(plan(gone, down)), ["stop web within 10s", "remove web"]);
  assert.deepEqual(outline(plan(gone, settledState(plain, now), plain)), ["stop web within 10s", "remove web"]);
});

test("an API server that is removed needs one other that answers, for the rest may be removed as well", () => {
  const gone = expand(hostConfig({ containers: {} }));
  const withAnswers = (...names: readonly string[]): ObservedState => ({
    ...settledState(before, now),
    disruption: { lock: { failed: [] }, answering: new Map([["web", names]]) },
  });

  assert.equal(outline(plan(gone, withAnswers("h3")))[0], "take the disruption lock for web");
  assert.equal(
    plan(gone, withAnswers()),
    "! web: it is removed only while another API server answers; no answer from h2, h3 (waiting)\n",
  );
});

test("an etcd member that is removed needs all others, for it counts until etcd has forgotten it", () => {
  const [member, gone] = [etcd("--heartbeat-interval=100", true), expand(hostConfig({ containers: {} }))];
  const settled = settledState(member, now);
  const alone = new Map([["etcd-h1", { peers: new Map(), healthy: ["h3"] }]]);

  assert.deepEqual(outline(plan(gone, settled, member)).slice(0, 4), [
    "take the disruption lock for etcd-h1",
    "stop etcd-h1 within 30s",
    "remove etcd-h1",
    "free the disruption lock of etcd-h1",
  ]);
  assert.match(plan(gone, { ...settled, etcd: alone }, member), /no answer from h2 \(waiting\)/);
});

test("a rollout that failed elsewhere says nothing about a change of this host alone", () => {
  const failed = [{ host: "h2", component: "web", rollout: "web:1", reason: "x", at: 1 }];
  const other = lockBound(expand(hostConfig({ containers: { web: { image: "web:1", args: ["own"] } } })));
  const observed = {
    ...settledState(before, now),
    disruption: { lock: { failed }, answering: new Map([["web", ["h2", "h3"]]]) },
  };

  assert.equal(outline(plan(other, observed))[0], "take the disruption lock for web");
});
