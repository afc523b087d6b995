// What a host must be before a container starts on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { isPreflightDue } from "./hold-for-preflight.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { forwardFinding, preflightRule, swapFinding } from "#shared/reconcile/testing/preflight-builder.ts";

const now = Date.UTC(2026, 0, 1);

function wish(image: string, mend = false): DesiredState {
  const desired = expand(hostConfig({ containers: { node: { image }, web: { image } } }));
  return {
    ...desired,
    containers: desired.containers.map((container) =>
      container.name === "node" ? { ...container, preflight: preflightRule({ mend }) } : container,
    ),
  };
}

function found(observed: ObservedState, ...findings: readonly PreflightFinding[]): ObservedState {
  return { ...observed, preflight: new Map([["node", findings]]) };
}

const fresh: ObservedState = { ...emptyState(now), images: new Map([["busybox:1", true]]) };

test("what is not as it must be blocks only this container, with what was found, what is needed and the command", () => {
  const text = printPlan(reconcile({ desired: wish("busybox:1") }, found(fresh, swapFinding, forwardFinding)));

  assert.doesNotMatch(text, /create node/);
  assert.match(text, /create web/);
  assert.ok(
    text.endsWith(`! node: the host is not ready for it: swap, sysctl (preflight)
    swap: found /dev/sda2, needed none; to mend it: swapoff -a
    sysctl: found net.ipv4.ip_forward = 0, needed 1; to mend it: sysctl -w net.ipv4.ip_forward=1
`),
  );
});

test("with leave to mend, what can be mended is a step before the container is made", () => {
  const text = printPlan(reconcile({ desired: wish("busybox:1", true) }, found(fresh, forwardFinding)));

  assert.match(
    text,
    /^mend the host for node: sysctl:net.ipv4.ip_forward=1 \(not ready: sysctl\)\ncreate node from busybox:1 /,
  );
});

test("nothing is mended while something is left for a person to do", () => {
  const text = printPlan(reconcile({ desired: wish("busybox:1", true) }, found(fresh, swapFinding, forwardFinding)));

  assert.doesNotMatch(text, /^mend/m);
  assert.match(text, /! node: .*\(preflight\)/);
});

test("a running container is left alone whatever is found", () => {
  const desired = wish("busybox:1");

  assert.equal(printPlan(reconcile({ desired }, found(settledState(desired, now), swapFinding))), "nothing to do\n");
});

test("a change of a running container is held back, and the container runs on", () => {
  const before = wish("busybox:1");

  const text = printPlan(
    reconcile({ desired: wish("busybox:2"), fallback: before }, found(settledState(before, now), swapFinding)),
  );

  assert.doesNotMatch(text, /(stop|rename) node/);
  assert.match(text, /! node: the host is not ready for it/);
});

test("a replacement that has begun goes on", () => {
  const before = wish("busybox:1");
  const wished = { desired: wish("busybox:2"), fallback: before };
  const settled = settledState(before, now);
  const { steps } = reconcile(wished, settled);
  const begun = simulate(
    settled,
    steps.slice(
      0,
      steps.findIndex((step) => step.kind === "startContainer"),
    ),
  );

  const { steps: rest, blocked } = reconcile(wished, found(begun, swapFinding));

  assert.deepEqual(blocked, []);
  assert.ok(rest.some((step) => step.kind === "startContainer" && step.subject === "node"));
});

test("it is looked at only when the container is about to be made or started", () => {
  const desired = wish("busybox:1");
  const due = (observed: ObservedState): readonly boolean[] => {
    const context = { desired, observed };
    const plan = reconcile({ desired }, observed);
    return desired.containers.map((container) => isPreflightDue(context, container, plan));
  };

  assert.deepEqual(due(fresh), [true, false]);
  assert.deepEqual(due(settledState(desired, now)), [false, false]);
});
