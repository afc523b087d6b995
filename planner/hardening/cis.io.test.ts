// The benchmark's table, walked over what `hardening: cis` makes of the example with Kubernetes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { base, output } from "#planner/testing/kubernetes-problems.ts";
import { host, split } from "#planner/testing/kubernetes-split.ts";
import { judgeCis } from "./cis-check.ts";
import { cisChecks } from "./cis-checks.ts";
import { seenInState } from "./seen-in-state.ts";

const example = await readFile(new URL("../../examples/kubernetes/cluster.yaml", import.meta.url), "utf8");
const facts = { cri: "containerd", cgroupVersion: 2, cgroupDriver: "systemd", resolver: "plain" } as const;

/** What fails on a host, a line a check. */
function failing(config: HostConfig): readonly string[] {
  const seen = seenInState(expand(config, facts));
  return cisChecks.flatMap((check) => {
    const judged = judgeCis(check, seen);
    return judged === undefined || judged === "ok" ? [] : [`${check.id} ${check.title}: ${judged.found}`];
  });
}

test("with hardening: cis every check of the benchmark passes on every host of the example", async () => {
  const machine = await split(`${example}hardening: cis\n`);

  for (const name of ["k1", "k4"]) assert.deepEqual(failing(host(machine, name)), [], name);
});

test("every automated check is looked at on some host, or says why there is nothing to look at", async () => {
  const machine = await split(`${example}hardening: cis\n`);
  const hosts = ["k1", "k4"].map((name) => seenInState(expand(host(machine, name), facts)));

  const unseen = cisChecks
    .filter((check) => check.automated && hosts.every((seen) => judgeCis(check, seen) === undefined))
    .map(({ id, reason }) => `${id} ${reason ?? ""}`);

  assert.deepEqual(unseen, ["4.1.5 the kubelet writes it itself", "4.1.6 the kubelet writes it itself, as root"]);
  for (const { id, look, reason } of cisChecks) assert.ok(look !== undefined || reason !== undefined, id);
  // each number of its sections 1 to 4, none twice but for the two places of the scheduler's profiling
  assert.equal(cisChecks.length, 21 + 30 + 7 + 3 + 7 + 5 + 10 + 14 + 1);
});

test("without it the checks that need the switch fail, so the walk sees something", async () => {
  const ids = failing(host(await split(example), "k1")).map((line) => line.split(" ")[0]);

  assert.deepEqual(ids, ["1.1.9", "1.1.15", "1.1.17", "1.2.9", "1.4.1", "4.1.3", "4.1.9"]);
});

test("namespaces that say nothing get restricted pods, default accounts no token, and one's own level stands", async () => {
  const of = async (extra: string): Promise<HostConfig> => host(await split(kubernetesCluster + extra), "h1");
  const level = (config: HostConfig): unknown => /"enforce":"([a-z]+)"/.exec(JSON.stringify(config))?.[1];
  const hardened = await of("hardening: cis\n");
  const lower = kubernetesCluster.replace("controlPlane: { ", "controlPlane: { podSecurity: baseline, ");
  const own = host(await split(`${lower}hardening: cis\n`), "h1");

  assert.deepEqual([level(hardened), level(own), level(await of(""))], ["restricted", "baseline", "baseline"]);
  const accounts = hardened.clusterObjects?.manifests["07-service-accounts"]?.content ?? "";
  assert.equal(accounts.match(/^automountServiceAccountToken: false$/gm)?.length, 4);
});

const hint = "(take the line away, or take hardening away)";
const refusals: readonly (readonly [string, string, string])[] = [
  [
    "an argument",
    "controlPlane: { hosts: h1, apiserver: { args: { profiling: 'true' } } }",
    "hardening: cis asks for another value than true (check 1.2.15: no profiling), on h1",
  ],
  [
    "a plug-in that is switched off",
    "controlPlane: { hosts: h1, apiserver: { args: { disable-admission-plugins: ServiceAccount } } }",
    "(check 1.2.12: pods have service accounts)",
  ],
  [
    "no audit log",
    "controlPlane: { hosts: h1, audit: { enabled: false } }",
    "hardening: cis asks for another value than not set (check 1.2.16: an audit log), on h1",
  ],
  [
    "another address",
    "controlPlane: { hosts: h1, controllerManager: { bind: { address: 0.0.0.0 } } }",
    "(check 1.3.7: it listens to its host alone)",
  ],
  [
    "the scheduler's document",
    "controlPlane: { hosts: h1, scheduler: { config: { enableProfiling: true } } }",
    "(check 1.4.1: no profiling, by the document that counts)",
  ],
  [
    "a field of the kubelet",
    "kubelets: { all: { hosts: all, config: { rotateCertificates: false } } }",
    "(check 4.2.10: its client certificate is renewed)",
  ],
  [
    "the proxy's metrics",
    "network: { proxy: { config: { metricsBindAddress: 0.0.0.0:10249 } } }",
    "(check 4.3.1: the proxy's metrics are its host's alone)",
  ],
];

for (const [what, line, told] of refusals)
  test(`hardening: cis refuses by name what fails a check: ${what}`, async () => {
    const section = line.slice(0, line.indexOf(":"));
    const config = `${base
      .split("\n")
      .filter((each) => !each.startsWith(`${section}:`))
      .join("\n")}${line}\nhardening: cis\n`;

    const lines = (await output(config)).filter((each) => !each.includes("warning:"));

    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0]?.includes(told), lines[0]);
    assert.ok(lines[0]?.includes(hint), lines[0]);
    assert.equal(
      (await output(config.replace("hardening: cis\n", ""))).filter((each) => each.includes("cis")).length,
      0,
    );
  });

test("what the benchmark leaves to people is told and stands", async () => {
  const config = `${base}hardening: cis\n`.replace(
    "controlPlane: { hosts: h1 }",
    "controlPlane: { hosts: h1, encryption: { enabled: false } }",
  );

  const lines = await output(config);

  assert.match(lines.join("\n"), /check 1\.2\.27: encryption at rest/);
  await split(
    `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts: { h1: { address: 10.77.0.11 } }\n${config.replace("all: { hosts: all }", "all: { hosts: h1 }")}`,
  );
});
