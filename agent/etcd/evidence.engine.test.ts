// What real etcd members say before and after they have a quorum.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { eventually } from "#lab/eventually.ts";
import { freePort } from "#agent/testing/free-port.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate, type TestCertificate } from "#agent/testing/test-pki.ts";
import type { EtcdStartRule } from "#shared/reconcile/desired.ts";
import { Secret } from "#shared/secret.ts";
import { gatherEtcdEvidence } from "./evidence.ts";

const etcd = process.env["ETCD"] ?? "/usr/bin/etcd";
const isAbsent = !existsSync(etcd) && process.env["REQUIRE_DOCKER"] !== "1";

type Member = { readonly name: string; readonly client: string; readonly peer: string };

async function member(name: string): Promise<Member> {
  return { name, client: `https://127.0.0.1:${await freePort()}`, peer: `https://127.0.0.1:${await freePort()}` };
}

function start(
  context: TestContext,
  self: Member,
  about: { all: readonly Member[]; directory: string; pki: TestCertificate },
): void {
  const { pki } = about;
  const tls = (prefix: string): readonly string[] => [
    `--${prefix}trusted-ca-file=${pki.caFile}`,
    `--${prefix}cert-file=${pki.certificateFile}`,
    `--${prefix}key-file=${pki.keyFile}`,
    `--${prefix}client-cert-auth`,
  ];
  const args = [
    `--name=${self.name}`,
    `--data-dir=${about.directory}/${self.name}`,
    `--listen-client-urls=${self.client}`,
    `--advertise-client-urls=${self.client}`,
    `--listen-peer-urls=${self.peer}`,
    `--initial-advertise-peer-urls=${self.peer}`,
    `--initial-cluster=${about.all.map(({ name, peer }) => `${name}=${peer}`).join(",")}`,
    "--initial-cluster-state=new",
    ...tls(""),
    ...tls("peer-"),
  ];
  const child = spawn(etcd, args, { stdio: "ignore" });
  context.after(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
}

test(
  "a member without quorum tells its members, one with quorum is healthy",
  { skip: isAbsent && `no ${etcd}` },
  async (context) => {
    const directory = temporaryRoot(context);
    const pki = makeCertificate(directory);
    const all = [await member("h1"), await member("h2")];
    const [h1, h2] = all;
    assert.ok(h1 && h2);
    const rule: EtcdStartRule = {
      name: "h1",
      peerUrl: h1.peer,
      dataDirectory: "/var/lib/etcd",
      initialCluster: "",
      token: "t",
      bootstrap: true,
      peers: [{ name: "h2", peerUrl: h2.peer, clientUrl: h2.client }],
      tls: { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) },
    };
    const gather = async () => gatherEtcdEvidence(rule, { deadlineMs: 1000 });

    const nobody = await gather();
    start(context, h2, { all, directory, pki });
    const alone = await eventually(
      async () => {
        const evidence = await gather();
        return evidence.peers.get("h2") !== undefined && evidence;
      },
      { what: "h2 tells its members" },
    );
    start(context, h1, { all, directory, pki });
    const together = await eventually(
      async () => {
        const evidence = await gather();
        const members = evidence.peers.get("h2") ?? [];
        return evidence.healthy.length === 1 && members.every(({ clientUrls }) => clientUrls.length === 1) && evidence;
      },
      { what: "h2 is healthy and knows both" },
    );

    assert.deepEqual(nobody, { peers: new Map([["h2", undefined]]), healthy: [] });
    assert.deepEqual(alone.healthy, []);
    assert.deepEqual(alone.peers.get("h2")?.toSorted(byName), [
      { name: "h1", peerUrls: [h1.peer], clientUrls: [] },
      { name: "h2", peerUrls: [h2.peer], clientUrls: [] },
    ]);
    assert.deepEqual(together.peers.get("h2")?.toSorted(byName), [
      { name: "h1", peerUrls: [h1.peer], clientUrls: [h1.client] },
      { name: "h2", peerUrls: [h2.peer], clientUrls: [h2.client] },
    ]);
  },
);

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
