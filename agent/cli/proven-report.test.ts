import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { buildReport } from "#agent/testing/build-report.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { Report } from "#agent/report/report.ts";
import { isProof, reportKey } from "#shared/acknowledgement/report-proof.ts";
import { provenReport } from "./proven-report.ts";

const machine = fakeMachine(kubernetesCluster);
await machine.run("split");
const text = machine.text("hosts/h1.yaml") ?? "";
const secrets = machine.hosts()["h1"]?.secrets ?? {};
const report = buildReport({ generation: 1 });

test("a report of the host config in force has a proof of its text and the CAs that it trusts, and no secret", () => {
  const proven = provenReport(report, text);

  assert.ok(isProof(proven.proof ?? "", proven, reportKey(text, secrets["hash-key"] ?? "")));
  const cas = ["etcd/ca.crt", "kubernetes/ca.crt", "kubernetes/front-proxy-ca.crt"].map((name) =>
    createHash("sha256")
      .update(new X509Certificate(secrets[name] ?? "").raw)
      .digest("hex"),
  );
  assert.deepEqual(proven.trust, cas.toSorted());
  const written = JSON.stringify(proven);
  for (const secret of Object.values(secrets)) assert.ok(!written.includes(JSON.stringify(secret)));
  assert.deepEqual(Report.parse(JSON.parse(written)), JSON.parse(written));
});

for (const [what, about, inForce] of [
  ["no host config is kept", {}, undefined],
  ["the one that is kept came after the report", { generation: 0 }, text],
  ["the one that is kept is another host's", { host: "h2" }, text],
  ["it was written by hand", {}, "kind: Host\ncluster: demo\nhost: h1\ngeneration: 1\n"],
  ["it is damaged", {}, text.slice(0, 300)],
  ["it is no document", {}, "half: ["],
] as const)
  test(`there is no proof where ${what}`, () => {
    assert.equal(provenReport({ ...report, ...about }, inForce).proof, undefined);
  });
