// An API server is not started beside a learner, told by printed plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { kubernetesSecrets, kubeApiserver } from "#shared/expand/testing/kubernetes-builder.ts";
import { isStorageInQuestion } from "./api-server-storage.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";

const now = Date.UTC(2026, 0, 1);
const [h1, h2] = ["https://10.77.0.11:2379", "https://10.77.0.12:2379"];

function server(...etcdServers: readonly string[]): DesiredState {
  return expand(
    hostConfig({ kubeApiserver: kubeApiserver({ etcdServers: [...etcdServers] }), secrets: kubernetesSecrets() }),
  );
}

function plan(desired: DesiredState, observed: ObservedState, fallback?: DesiredState): string {
  const images = new Map(desired.containers.map(({ spec }) => [spec.image, true]));
  return printPlan(reconcile({ desired, fallback }, { ...observed, images }));
}

const before = server(h1);
const after = server(h1, h2);
const learns =
  "! kube-apiserver: it starts only when all its etcd members vote; https://10.77.0.12:2379 still learns (waiting)\n";

test("what works stays, and a first start waits, while one of its members learns", () => {
  assert.equal(plan(after, { ...settledState(before, now), etcdLearners: [h2] }, before), learns);
  assert.equal(plan(after, { ...emptyState(now), etcdLearners: [h2] }), learns);
});

test("it goes on when all vote, when nobody tells, and beside a learner that is none of its own", () => {
  for (const etcdLearners of [[], undefined, ["https://10.77.0.13:2379"]])
    assert.match(plan(after, { ...settledState(before, now), etcdLearners }, before), /^rename kube-apiserver/);
});

test("where members come and go by themselves it waits for one that etcd does not list yet", () => {
  const storage = { ...after.apiServerStorage, votersOnly: true } as const;
  const changing = { ...after, apiServerStorage: storage } as DesiredState;
  const waits =
    "! kube-apiserver: it starts only when all its etcd members vote; etcd does not list https://10.77.0.12:2379 yet (waiting)\n";
  const observed = { ...settledState(before, now), etcdLearners: [] };
  assert.equal(plan(changing, { ...observed, etcdVoters: [h1] }, before), waits);
  for (const etcdVoters of [[h1, h2], undefined])
    assert.match(plan(changing, { ...observed, etcdVoters }, before), /^rename kube-apiserver/);
  assert.match(plan(after, { ...observed, etcdVoters: [h1] }, before), /^rename kube-apiserver/);

  // an only API server is not asked whether it works: that it runs is enough to wait
  assert.equal(plan(changing, { ...observed, working: new Set(), etcdVoters: [h1] }, before), waits);
  // one that worked here is not kept down by a member that may never come; a first one has time
  const down = { ...observed, working: new Set<string>(), containers: [], etcdVoters: [h1] };
  const proven = { ...down.ledger, proven: { "kube-apiserver": "digest" } };
  assert.match(plan(changing, { ...down, ledger: proven }, before), /create kube-apiserver/);
  assert.equal(plan(changing, { ...down, ledger: { ...down.ledger, proven: {} } }, before), waits);
});

test("etcd is asked only when the API server is about to start, and has several members", () => {
  const asked = (desired: DesiredState, observed: ObservedState): boolean => {
    const context = { desired, fallback: before, observed };
    return isStorageInQuestion(context, reconcile(context, observed));
  };

  assert.equal(asked(after, settledState(before, now)), true);
  assert.equal(asked(after, emptyState(now)), true);
  assert.equal(asked(after, settledState(after, now)), false);
  assert.equal(asked(before, emptyState(now)), false);
});
