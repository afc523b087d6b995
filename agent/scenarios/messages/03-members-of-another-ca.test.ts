// pki/ was lost and made anew, and this host has a config with the new CA: that it is the CA, and not that nobody answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import { etcdStopReason } from "#shared/reconcile/etcd/etcd-stop.ts";

test("why an etcd member does not stop for its change", () => {
  const refusal = { certificate: "theirs", why: "other-ca" } as const;
  const refusals = new Map([
    ["h2", refusal],
    ["h3", refusal],
  ]);

  assert.equal(
    etcdStopReason(etcdStartRule(), { peers: new Map(), healthy: [], refusals }, { leaves: false }),
    "this member stops only while all others answer; h2, h3 present a certificate of another CA than this config's: was pki/ replaced?",
  );
});
