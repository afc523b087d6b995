// What comes from outside into Kubernetes on one host: a resolver that no pod reaches, and a CA file with two certificates.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { startNameServer } from "#lab/name-server.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const deadlineMs = 400_000;

describe("a host's resolver and a CA in rotation", { skip: skipWithoutRelease(), timeout: 1_800_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "sid" }, "single-host");
    box = cluster.lab.host("box");
    await box.writeFile("/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\n");
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
    await cluster.startAgents(box);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });
  const here = async (script: string): Promise<string> =>
    runCommand(["env", "-C", cluster.directory, "bash", "-euo", "pipefail", "-c", script]);
  const startOf = async (name: string): Promise<string> =>
    box.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name);
  /** What the controller manager signs for a client of this name, told in words by openssl. */
  const signed = async (name: string): Promise<string> => {
    await here(`openssl req -new -newkey rsa:2048 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr
      cat >${name}.yaml <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: ${name}}
spec: {request: $(base64 -w0 ${name}.csr), signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}
END`);
    await cluster.kubectl("create", "-f", join(cluster.directory, `${name}.yaml`));
    await cluster.kubectl("certificate", "approve", name);
    const certificate = await soon(`${name} is signed`, async () => {
      const found = (await cluster.kubectl("get", "csr", name, "-o", "jsonpath={.status.certificate}")).trim();
      return found !== "" && found;
    });
    await here(`echo ${certificate} | base64 -d >${name}.crt`);
    return here(`openssl verify -CAfile first.crt ${name}.crt`);
  };

  test("a resolver on the host's loopback alone: the kubelet waits and says what to do, all else goes on", async () => {
    await soon("the kubelet waits for a name server", async () => {
      const { stdout } = await box.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"]);
      if (/\/etc\/resolv\.conf with only 127\.0\.0\.53, which pods do not reach/.test(stdout)) return true;
      throw new Error(stdout);
    });

    await soon("the API answers", async () => cluster.kubectl("get", "--raw", "/readyz"));
    assert.equal((await box.docker("ps", "-aq", "--filter", "name=^kubelet$")).trim(), "");
  });

  test("systemd-resolved's own list: the kubelet starts with it, and a pod resolves a name of the world outside", async () => {
    const outside = await startNameServer(cluster.lab, "outside.example", "192.0.2.7");
    await box.writeFile("/run/systemd/resolve/resolv.conf", "nameserver 10.77.0.1\n");
    await cluster.settled([box], deadlineMs);
    const image = cluster.images.byName["pod-tools"].reference;
    const program = ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"];
    await cluster.kubectl("create", "deployment", "sleeper", `--image=${image}`, "--", ...program);

    const answer = await soon("the name is resolved", async () =>
      cluster.kubectl("exec", "deployment/sleeper", "--", "nslookup", "outside.example"),
    );

    assert.match(answer, /192\.0\.2\.7/);
    assert.ok(outside.asked().includes("outside.example"));
    await outside.stop();
    const restarts = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    assert.match(
      await cluster.kubectl("-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", restarts),
      /^[0 ]+$/,
    );
  });

  test("a second certificate in the CA file: the controller manager starts with it and signs, by the first one", async () => {
    await here(`cp pki/kubernetes/ca.crt first.crt
      openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=next -keyout next.key -out next.crt
      cat first.crt next.crt >pki/kubernetes/ca.crt`);
    const former = await startOf("kube-controller-manager");
    await cluster.planner("split");
    await cluster.deliver(box);
    await cluster.settled([box], deadlineMs);

    const begun = await startOf("kube-controller-manager");
    assert.notEqual(begun, former);
    assert.match(await signed("newcomer"), /OK/);
    // one that leads with a file it does not take ends then, not before
    assert.equal(await startOf("kube-controller-manager"), begun);
    await soon("all is well", async () => {
      const { result, components } = await cluster.status(box);
      return result === "settled" && components.every(({ healthy }) => healthy);
    });
  });
});
