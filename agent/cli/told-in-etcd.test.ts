// What a report for the planner has of the other hosts' words in etcd.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { stringify } from "yaml";
import { base64 } from "#agent/etcd/key-answers.ts";
import type { ConnectEtcd } from "#agent/sources/etcd-acknowledgements.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { toldInEtcd } from "./told-in-etcd.ts";

/** Makes host configs in force, as text. */
function configs(context: TestContext): (etcd: object) => string {
  const { ca, certificate, key } = makeCertificate(temporaryRoot(context));
  const secrets = { "etcd/ca.crt": ca, "etcd/peer.crt": certificate, "etcd/peer.key": key };
  const head = { apiVersion: "flexkube/v1alpha1", kind: "Host", cluster: "demo", host: "h1" };
  const endpoints = { h2: { address: "10.77.0.12" } };
  return (etcd) => stringify({ ...head, disruption: { etcd: { endpoints, ...etcd } }, secrets });
}

/** An etcd with these words, and what was asked of it. */
function etcdWith(words: Readonly<Record<string, string>>) {
  const asked: unknown[] = [];
  const kvs = Object.entries(words).map(([host, text]) => ({
    key: base64(`/flexkube/demo/delivered/${host}`),
    value: base64(text),
    mod_revision: "1",
  }));
  const connect: ConnectEtcd = ({ endpoints }) => ({
    call: async (method) => Promise.resolve(asked.push([endpoints, method]) > 0 && { kvs }),
  });
  return { asked, connect };
}

test("where the host config asks for it, it has each host's word, and nothing that no agent writes", async (context) => {
  const inForce = configs(context);
  const { asked, connect } = etcdWith({ h1: "3 applied", h2: "2 applied agent=0.1.0", h4: "call me" });
  const { signal } = new AbortController();

  assert.deepEqual(await toldInEtcd(inForce({ acknowledge: true }), connect, signal), {
    h1: "3 applied",
    h2: "2 applied agent=0.1.0",
  });
  assert.deepEqual(asked, [[["https://10.77.0.12:2379"], "kv/range"]]);
});

test("without it, without a host config, or with none that is usable, etcd is not asked", async (context) => {
  const inForce = configs(context);
  const { asked, connect } = etcdWith({ h1: "3 applied" });
  const { signal } = new AbortController();

  for (const text of [inForce({}), undefined, "half: ["])
    assert.equal(await toldInEtcd(text, connect, signal), undefined);
  assert.deepEqual(asked, []);
});

test("an etcd in which nobody has said anything tells nothing", async (context) => {
  const inForce = configs(context);
  const { connect } = etcdWith({});

  assert.equal(await toldInEtcd(inForce({ acknowledge: true }), connect, new AbortController().signal), undefined);
});
