// Kubernetes on one host, hardened: what runs passes the CIS benchmark, who is nobody reads no key, pods run there, changes need
// no lock, and a power cut heals.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { startNameServer } from "#lab/name-server.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { judgeCis } from "#planner/hardening/cis-check.ts";
import { cisChecks } from "#planner/hardening/cis-checks.ts";
import { cisPrograms, seenOnHost } from "./seen-on-host.ts";

const deadlineMs = 300_000;

describe("Kubernetes on a single host", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "sid" }, "single-host");
    box = cluster.lab.host("box");
    await cluster.edit((text) => `${text}hardening: cis\n`);
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });
  const podRuns = async (): Promise<unknown> =>
    soon("the pod runs", async () => cluster.kubectl("rollout", "status", "deployment/sleeper", "--timeout=5s"));

  test("from nothing to a pod that runs", async () => {
    await cluster.startAgents(box);
    await cluster.settled([box], deadlineMs);

    await soon("the node is Ready", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "node/box", "--timeout=2s"),
    );
    await writeFile(join(cluster.directory, "sleeper.json"), sleeper(cluster.images.byName["pod-tools"].reference));
    await cluster.kubectl("apply", "-f", join(cluster.directory, "sleeper.json"));
    await podRuns();
    assert.equal((await cluster.kubectl("get", "node", "box", "-o", "jsonpath={.spec.taints}")).trim(), "");
  });

  test("what runs passes every check of the benchmark, and default accounts have no token", async () => {
    const seen = await seenOnHost(box);

    const failing = cisChecks.flatMap((check) => {
      const judged = judgeCis(check, seen);
      return judged === "ok" || (judged === undefined && check.reason !== undefined)
        ? []
        : [`${check.id} ${check.title}: ${judged?.found ?? "not looked at"}`];
    });
    assert.deepEqual(failing, []);
    for (const program of cisPrograms) assert.ok(seen.userOf(program) !== undefined, program);
    const own = await box.exec("sh", "-c", "stat -c '%a %u:%g' /var/lib/kubelet/kubeconfig-*");
    assert.equal(own.trim(), "600 0:0");
    await soon("the accounts have no token", async () => {
      const path = "jsonpath={range .items[*]}{.automountServiceAccountToken} {end}";
      const found = await cluster.kubectl("get", "sa", "-A", "--field-selector=metadata.name=default", "-o", path);
      assert.deepEqual(found.trim().split(/\s+/), ["false", "false", "false", "false"]);
      return true;
    });
  });

  test("who is nobody on the host reads no key, no host config and nothing of etcd, by files or by processes", async () => {
    // as a pod that sees the host's files and processes, or a program of the host
    const look = async (uid: string): Promise<readonly string[]> =>
      (await box.exec("busybox", "nsenter", "-t", "1", "-m", "-S", uid, "-G", uid, "sh", "-c", keyMaterial))
        .split("\n")
        .filter((line) => line !== "");

    assert.deepEqual(await look("65534"), []);
    const all = await look("0");
    for (const place of ["/etc/kubernetes/etcd/", "/var/lib/etcd/", "/etc/flexkube/", "/proc/"])
      assert.ok(
        all.some((path) => path.startsWith(place)),
        `${place} is among what root finds`,
      );
  });

  test("a node that works is not joined a second time by what its host config holds", async () => {
    const { secrets } = parse(await readFile(join(cluster.directory, "hosts/box.yaml"), "utf8")) as {
      readonly secrets: Readonly<Record<string, string>>;
    };
    for (const end of ["crt", "key"])
      await writeFile(join(cluster.directory, `first.${end}`), secrets[`kubernetes/kubelet-client.${end}`] ?? "");
    const answer = async (path: string, ...options: readonly string[]): Promise<string> => {
      const file = (name: string): string => join(cluster.directory, name);
      const own = ["--cert", file("first.crt"), "--key", file("first.key"), "--cacert", file("pki/kubernetes/ca.crt")];
      return cluster.lab.net("curl", "-sS", ...own, ...options, `https://${box.ip}:6443${path}`);
    };
    const request = {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "second" },
      spec: {
        signerName: "kubernetes.io/kube-apiserver-client-kubelet",
        usages: ["client auth", "digital signature"],
        request: await signingRequest(cluster.directory),
      },
    };
    const json = ["-H", "content-type: application/json", "-d", JSON.stringify(request)];

    assert.match(await answer("/apis/certificates.k8s.io/v1/certificatesigningrequests", ...json), /this node works/);
    for (const path of ["/api/v1/nodes/box", "/api/v1/nodes", "/api/v1/pods", "/api/v1/services", "/api/v1/secrets"])
      assert.match(await answer(path), /"code": ?403/, path);
  });

  test("a pod resolves a name of the world outside, by the name servers of its host", async () => {
    const outside = await startNameServer(cluster.lab, "outside.example", "192.0.2.7");

    const answer = await soon("the name is resolved", async () =>
      cluster.kubectl("exec", "deployment/sleeper", "--", "nslookup", "outside.example"),
    );

    assert.match(answer, /192\.0\.2\.7/);
    assert.ok(outside.asked().includes("outside.example"));
    await outside.stop();
  });

  test("a changed argument replaces the API server alone, and the cluster goes on", async () => {
    await cluster.edit((text) =>
      text.replace(/^controlPlane:/m, 'controlPlane:\n  apiserver: { args: { min-request-timeout: "900" } }'),
    );
    await cluster.planner("split");
    await cluster.deliver(box);
    await cluster.nudge(box);
    await cluster.settled([box], deadlineMs);

    assert.match(
      await box.docker("inspect", "--format", "{{json .Args}}", "kube-apiserver"),
      /min-request-timeout=900/,
    );
    await podRuns();
  });

  test("after a power cut everything is back", async () => {
    await box.kill();
    await box.start();

    await podRuns();
    await soon("everything is healthy", async () => {
      const { result, components } = await cluster.status(box);
      return result === "settled" && components.every(({ healthy }) => healthy);
    });
    await soon("the node is Ready", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "node/box", "--timeout=2s"),
    );
  });
});

/** Files with private keys, host configs and etcd's data, and others' files by /proc, that the caller can read. */
const keyMaterial = `
find /etc /var/lib /root /home /run -xdev -type f ! -path '/var/lib/docker/*' ! -path '/var/lib/containerd/*' 2>/dev/null |
while read -r file; do
  [ -r "$file" ] || continue
  case $file in
    /var/lib/etcd/*|/etc/flexkube/*|/var/lib/flexkube/*|*/encryption.yaml) echo "$file" ;;
    *) grep -qs -e 'PRIVATE KEY' "$file" && echo "$file" ;;
  esac
done
for process in /proc/[0-9]*; do
  for file in "$process"/root/etc/flexkube/live/*.key "$process"/root/etc/flexkube/files/*.key; do
    [ -r "$file" ] && echo "$file"
  done
done
true`;

/** What namespaces take that say nothing of their pods, with hardening. */
function sleeper(image: string): string {
  const labels = { app: "sleeper" };
  const container = {
    name: "sleeper",
    image,
    command: ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const spec = {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container],
  };
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "sleeper", namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
}

/** As a kubelet asks, in base64. */
async function signingRequest(directory: string): Promise<string> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(directory, "own.key")];
  const file = join(directory, "own.csr");
  await runCommand(["openssl", "req", "-new", ...key, "-subj", "/O=system:nodes/CN=system:node:box", "-out", file]);
  return (await readFile(file)).toString("base64");
}
