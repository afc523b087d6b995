// Kubernetes on one host as users have it, by the documented way: what its preflight tells before a kubelet starts, control groups that are
// systemd's for kubelet and containerd alike, memory limits that are the kernel's, and a reboot by systemd.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingIds } from "#lab/standing-containers.ts";

const deadlineMs = 900_000;
const settings = "/etc/containerd/config.toml";

describe("Kubernetes on one machine", { skip: skipWithoutLab(), timeout: 5_400_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "machine" }, "single-host", { memory: "4G" });
    box = cluster.lab.host("box");
    const readme = new URL("../single-host/README.md", import.meta.url);
    for (const args of await readPlannerCommands(readme, "Kubernetes on a single host")) await cluster.planner(...args);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs });
  const jsonPath = async (what: string, path: string): Promise<string> =>
    (await cluster.kubectl("get", ...what.split(" "), "-o", `jsonpath=${path}`)).trim();
  const status = async (): Promise<string> =>
    (await box.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"])).stdout;
  const kubelet = async (): Promise<string> =>
    (await box.docker("ps", "-aq", "--no-trunc", "--filter", "name=^kubelet$")).trim();
  const containerdWith = async (systemd: boolean): Promise<void> => {
    const text = String(await box.readFile(settings));
    await box.writeFile(settings, text.replace(/SystemdCgroup = \w+/, `SystemdCgroup = ${systemd}`));
    await box.exec("systemctl", "restart", "containerd");
    const { reference } = await agentImage();
    await soon("Docker has found the new containerd", async () => box.docker("run", "--rm", reference, "version"));
  };
  const giveSwap = async (failSwapOn: boolean): Promise<void> => {
    await cluster.edit((text) => changedYaml(text, { "kubelets.all.config.failSwapOn": failSwapOn }));
    await cluster.planner("split");
    await cluster.deliver(box);
    await cluster.nudge(box);
  };
  const givePod = async (name: string, command: string, restartPolicy: "Always" | "Never"): Promise<void> => {
    const file = join(cluster.directory, `${name}.json`);
    const image = cluster.images.byName["pod-tools"].reference;
    await writeFile(file, JSON.stringify(limitedPod(name, { command, image, restartPolicy })));
    await cluster.kubectl("apply", "-f", file);
  };
  const ready = async (): Promise<void> => cluster.ready([box], deadlineMs);
  const podRuns = async (): Promise<unknown> =>
    soon("the pod runs", async () => cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"));

  test("what a kubelet would end with, or not see, is told before one starts", async () => {
    await box.exec("sh", "-c", "fallocate -l 64M /swap && chmod 600 /swap && mkswap /swap && swapon /swap");
    await containerdWith(false);
    await cluster.startAgents(box);

    const told = await soon("the kubelet is held back", async () => {
      const text = await status();
      assert.match(text, /kubelet: preflight/);
      return text;
    });
    assert.match(told, /swap: found \/swap, needed none, or failSwapOn: false/);
    assert.match(told, /cgroup driver: found cgroupfs of containerd, needed systemd, .*SystemdCgroup = true/);
    assert.doesNotMatch(told, /cgroup controllers/);
    assert.equal(await kubelet(), "");
  });

  test("with swap allowed and containerd mended: from nothing to a node that is Ready, with swap on", async (t) => {
    await containerdWith(true);
    await giveSwap(false);
    await ready();
    t.diagnostic(`Ready after ${await box.cpuSeconds()} CPU seconds`);
    await cluster.settled([box], deadlineMs);

    assert.match(await box.exec("cat", "/proc/swaps"), /\/swap/);
    assert.match(await jsonPath("node box", "{.status.nodeInfo.containerRuntimeVersion}"), /^containerd:\/\/1\.7/);
  });

  test("a pod is in control groups of systemd's, for kubelet and containerd alike, with its limit", async () => {
    await cluster.kubectl("apply", "-f", fileURLToPath(new URL("../kubernetes/web.yaml", import.meta.url)));
    await podRuns();
    await givePod("limited", "trap exit TERM; while :; do sleep 1; done", "Always");
    await soon("the pod with a limit runs", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "pod/limited", "--timeout=5s"),
    );
    const path = "{.status.containerStatuses[0].containerID}";
    const id = (await jsonPath("pod limited", path)).replace("containerd://", "");
    const task = (await box.exec("ctr", "-n", "k8s.io", "tasks", "ls")).split("\n").find((line) => line.startsWith(id));
    const group = (await box.exec("sed", "s/^0:://", `/proc/${task?.split(/\s+/)[1]}/cgroup`)).trim();

    assert.match(
      group,
      /^\/kubepods\.slice\/(kubepods-\w+\.slice\/)?kubepods-.*pod\w+\.slice\/cri-containerd-\w+\.scope$/,
    );
    assert.equal((await box.exec("cat", `/sys/fs/cgroup${group}/memory.max`)).trim(), String(limitBytes));
    const pod = group.slice(0, group.lastIndexOf("/"));
    assert.equal((await box.exec("cat", `/sys/fs/cgroup${pod}/memory.max`)).trim(), String(limitBytes));
  });

  test("a pod that takes more memory than its limit is killed by the kernel", async () => {
    await givePod("hungry", "tail /dev/zero", "Never");

    await soon("it is killed", async () => {
      const path = "{.status.containerStatuses[0].state.terminated.reason}";
      assert.equal(await jsonPath("pod hungry", path), "OOMKilled");
      return true;
    });
    assert.match(await box.exec("dmesg"), /Memory cgroup out of memory: Killed process/);
    await ready();
  });

  test("exec, logs and port-forward work", async () => {
    const pod = (await cluster.kubectl("get", "pods", "-l", "app=web", "-o", "name")).split("\n")[0] ?? "";
    const name = pod.replace("pod/", "");

    assert.equal((await cluster.kubectl("exec", pod, "--", "hostname")).trim(), name);
    await soon("its log", async () => assert.match(await cluster.kubectl("logs", pod), /response|GET|url/));
    assert.match(await cluster.portForward(pod, 8080, "/"), new RegExp(name));
  });

  test("a kubelet that may no longer run with swap stays as it is until swap is off, and is then replaced", async () => {
    const old = await kubelet();
    await giveSwap(true);
    await soon("the change is held back", async () => assert.match(await status(), /swap: found \/swap, needed none/));
    assert.equal(await kubelet(), old);
    await ready();

    await box.exec("swapoff", "/swap");
    await cluster.settled([box], deadlineMs);
    assert.notEqual(await kubelet(), old);
    await ready();
  });

  test("after a reboot by systemd the node is Ready, the pods run, and no container was made anew", async (t) => {
    const made = await standingIds(box);
    await box.reboot();
    await cluster.settledAnew([box], deadlineMs);
    await ready();
    await podRuns();
    await soon("the pod with a limit runs", async () =>
      cluster.kubectl("wait", "--for=condition=Ready", "pod/limited", "--timeout=5s"),
    );

    assert.deepEqual(await standingIds(box), made);
    t.diagnostic(`${await box.cpuSeconds()} CPU seconds`);
  });
});

const limitBytes = 32 * 1024 ** 2;

/** A pod with a limit of memory. */
function limitedPod(
  name: string,
  { command, image, restartPolicy }: { readonly [Name in "command" | "image" | "restartPolicy"]: string },
): object {
  const resources = { limits: { memory: String(limitBytes) } };
  const container = { name, image, command: ["sh", "-c", command], resources };
  const spec = { restartPolicy, terminationGracePeriodSeconds: 1, containers: [container] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
}
