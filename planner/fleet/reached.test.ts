import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fleetOf } from "./fleet.ts";
import { reportIn } from "./host-report.ts";
import { reached } from "./reached.ts";
import type { Reached, Requirement } from "./reached.ts";
import { fleetNow, part, reportText, wantedFleet } from "./testing/build-fleet.ts";

const up: Requirement = { kind: "up" };
const etcd = (minor: number): Requirement => ({ kind: "etcd", minor });
const kubernetes = (minor: number): Requirement => ({ kind: "kubernetes", minor });

function judged(texts: readonly string[], requirement: Requirement, hosts = ["h1"]): Reached {
  const carried = texts.map((text, index) => ({ file: `${index}`, report: reportIn(text) }));
  return reached(hosts, fleetOf(wantedFleet(2), { carried }, fleetNow), requirement);
}

const versions = {
  components: [
    part("etcd", "etcd-h1", { image: "quay.io/coreos/etcd:v3.6.16" }),
    part("kube-apiserver", "kube-apiserver", { image: "registry.k8s.io/kube-apiserver:v1.36.3" }),
  ],
};
const learner = { etcdMembers: { members: [{ name: "h1", role: "learner", isWell: true }] } };
const good = reportText("h1", versions);

for (const [what, text, requirement, why] of [
  ["a host that is as it should be", good, up, undefined],
  ["one whose certificates end soon", reportText("h1", { certificatesEnd: "2026-01-05T00:00:00Z" }), up, undefined],
  ["no report", "null", up, "no report of it"],
  ["one that failed", reportText("h1", { result: "failed" }), up, "its last tick ended as failed"],
  ["one that waits", reportText("h1", { blocked: [{ container: "etcd-h1", reason: "h2" }] }), up, "etcd-h1 waits: h2"],
  ["one at work", reportText("h1", { result: "working" }), up, "under way: its first tick"],
  ["a learner", reportText("h1", learner), up, "its etcd member has no vote yet"],
  ["one behind", reportText("h1", { generation: 6 }), up, "it has generation 6 of 7"],
  ["an edited report", good.replace("settled", "changed"), up, "its report was changed, or is another host's"],
  ["another cluster's report", reportText("h1", { cluster: "other" }), up, "no report of it"],
  ["the minor version of etcd", good, etcd(6), undefined],
  ["a newer one", good, etcd(5), undefined],
  ["an older one", good, etcd(7), "it still runs etcd v3.6.16"],
  ["the minor version of Kubernetes", good, kubernetes(36), undefined],
  ["an older one of Kubernetes", good, kubernetes(37), "it still runs kubernetes v1.36.3"],
  ["a version of a host that failed", reportText("h1", { ...versions, result: "failed" }), etcd(6), undefined],
  ["a version of a host behind", reportText("h1", { ...versions, generation: 6 }), etcd(6), "it has generation 6 of 7"],
  ["an edited version", good.replace("v3.6.16", "v3.7.0"), etcd(7), "its report was changed, or is another host's"],
  [
    "a tag that tells no version",
    reportText("h1", { components: [part("etcd", "etcd-h1", { image: "etcd:mine" })] }),
    etcd(6),
    "which etcd runs there is not told (mine)",
  ],
] as const)
  test(`reached or not: ${what}`, () => {
    const found = judged([text], requirement);

    assert.deepEqual(found.ok ? undefined : found.missing.map((each) => each.why)[0], why);
    if (!found.ok) assert.ok(found.missing.every(({ host, hint }) => host === "h1" && hint !== ""));
  });

test("each host that is missing is named, and one that the config does not have is none that is proven", () => {
  const found = judged([good], up, ["h1", "h2", "h9"]);

  assert.deepEqual(found.ok ? [] : found.missing.map(({ host, why }) => [host, why]), [
    ["h2", "no report of it"],
    ["h9", "nothing is known of it"],
  ]);
});

test("all is reached exactly when each is", () => {
  const texts = fc.constantFrom(
    good,
    reportText("h1", { result: "failed" }),
    "null",
    reportText("h1", { generation: 6 }),
  );
  fc.assert(
    fc.property(texts, texts, fc.constantFrom(up, etcd(6), kubernetes(37)), (one, other, requirement) => {
      // the second is h2's own
      const second = other === "null" ? other : reportText("h2", changesOf(other));
      const all = judged([one, second], requirement, ["h1", "h2"]);
      const each = ["h1", "h2"].map((host) => judged([one, second], requirement, [host]).ok);
      assert.equal(all.ok, each.every(Boolean));
    }),
  );
});

function changesOf(text: string): object {
  const { proof: _, host: __, configText: ___, ...said } = JSON.parse(text) as Record<string, unknown>;
  return said;
}
