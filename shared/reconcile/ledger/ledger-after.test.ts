// What handlers write and previews count on is one and the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyLedger } from "#shared/state/ledger.ts";
import type { Ledger, Verdict } from "#shared/state/ledger.ts";
import type { Step } from "#shared/state/step.ts";
import { postponedObjects, refusedVerdict } from "./failed-verdict.ts";
import { ledgerAfter, ledgerBefore } from "./ledger-after.ts";

const about = { subject: "web", component: "web", cause: "it changed" };
const probe = {
  type: "running" as const,
  interval: "1s",
  timeout: "1s",
  deadline: "10s",
  settle: "0s",
  threshold: 1,
};
const failed: Verdict = { digest: "d", config: "c", state: "failed", reason: "it ended", at: 5, tries: 1 };
const onTrial: Ledger = { ...emptyLedger, trials: { web: { container: "c1", since: 5 } } };

function wait(more: Partial<Extract<Step, { kind: "waitHealthy" }>["arguments"]> = {}): Step {
  return { ...about, kind: "waitHealthy", arguments: { probe, digest: "d", ...more } };
}

test("a deadline that is granted is remembered before the wait, and forgotten when the container works", () => {
  const step = wait({ grantedTo: "c1" });
  const before = ledgerBefore(emptyLedger, step, { now: 10 });

  assert.deepEqual(before.trials, { web: { container: "c1", since: 10 } });
  assert.deepEqual(ledgerAfter(before, step).trials, {});
});

test("a container that works ends its trial and the verdict on what it is, and is proven", () => {
  const ledger = { ...onTrial, verdicts: { web: failed, other: failed } };
  const after = ledgerAfter(ledger, wait());

  assert.deepEqual(
    { trials: after.trials, proven: after.proven, verdicts: after.verdicts },
    { trials: {}, proven: { web: "d" }, verdicts: { other: failed } },
  );
});

test("a verdict on another wish outlives what works now", () => {
  const other = { ...failed, digest: "newer" };
  assert.deepEqual(ledgerAfter({ ...emptyLedger, verdicts: { web: other } }, wait()).verdicts, { web: other });
});

test("a wait for what came back proves nothing", () => {
  assert.equal(ledgerAfter(onTrial, wait({ digest: "" })), onTrial);
});

test("what is known already is no change, so that a disk is not written for it", () => {
  const known = { ...emptyLedger, proven: { web: "d" } };
  assert.equal(ledgerAfter(known, wait()), known);
  assert.equal(ledgerBefore(known, wait(), { now: 1 }), known);
});

test("a refused wish counts its tries under one host config, and begins anew under another", () => {
  const tried = { name: "web", digest: "d", config: "c" };
  const failure = { reason: "no such image", now: 20, engineError: false };
  const once = { ...emptyLedger, verdicts: { web: refusedVerdict(emptyLedger, tried, failure) } };

  assert.equal(refusedVerdict(once, tried, failure).tries, 2);
  assert.equal(refusedVerdict(once, { ...tried, config: "c2" }, failure).tries, 1);
});

test("objects that fail are tried again later and later, at most ten minutes", () => {
  const tried = { name: "manifests/a", digest: "d", config: "c" };
  let ledger = emptyLedger;
  const pauses = Array.from({ length: 8 }, () => {
    const verdict = postponedObjects(ledger, tried, { reason: "denied", now: 0 });
    ledger = { ...ledger, verdicts: { "manifests/a": verdict } };
    return (verdict.until ?? 0) / 1000;
  });

  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 600, 600]);
});
