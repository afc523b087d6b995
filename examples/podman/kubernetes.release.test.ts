// Kubernetes on a host with Podman: the control plane and the kubelet are containers of Podman's, pods are containerd's.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { untilHealthy } from "#lab/until-healthy.ts";
import { worldOf } from "#lab/world.ts";
import { keptByAgent, startByQuadlet } from "./start-by-quadlet.ts";

const deadlineMs = 900_000;
const skip = skipWithoutRelease();

async function split(cluster: KubernetesCluster): Promise<void> {
  const readme = new URL("../single-host/README.md", import.meta.url);
  for (const args of await readPlannerCommands(readme, "Kubernetes on a single host")) await cluster.planner(...args);
}

async function podsRun(cluster: KubernetesCluster): Promise<void> {
  await eventually(async () => cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5s"), {
    what: "the pods run",
    deadlineMs,
  });
}

async function servesPods(cluster: KubernetesCluster): Promise<void> {
  await cluster.kubectl("apply", "-f", fileURLToPath(new URL("../kubernetes/web.yaml", import.meta.url)));
  await podsRun(cluster);
  assert.match(await cluster.portForward("service/web", 80, "/"), /^web-/);
  assert.equal((await cluster.kubectl("exec", "deployment/web", "--", "echo", "hello")).trim(), "hello");
}

describe("Kubernetes on a host with Podman", { skip: skipWithoutLab("namespace") || skip, timeout: 3_000_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "podman" }, "single-host");
    box = cluster.lab.host("box");
    await split(cluster);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  test("from nothing to a node that is Ready and pods that are served", async () => {
    await cluster.startAgents(box);
    await cluster.ready([box], deadlineMs);
    await cluster.settled([box], deadlineMs);

    await servesPods(cluster);
  });

  test("a second tick changes nothing", async () => {
    const untouched = await worldOf(box);

    await cluster.nudge(box);
    await cluster.settled([box], deadlineMs);

    assert.deepEqual(await worldOf(box), untouched);
  });

  test("after a power cut the agent starts what Podman leaves off, and the node and its pods are back", async () => {
    const ids = await standingIds(box);
    await box.kill();
    await box.start();
    await box.docker("start", agentContainer);
    await cluster.settledAnew([box], deadlineMs);

    await cluster.ready([box], deadlineMs);
    await podsRun(cluster);
    assert.deepEqual(await standingIds(box), ids);
  });
});

describe("Kubernetes on a machine with Podman", { skip: skipWithoutLab() || skip, timeout: 5_400_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "machine" }, "single-host", { memory: "4G", packages: ["podman"] });
    box = cluster.lab.host("box");
    await box.dockerd.off();
    await split(cluster);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  test("systemd, cgroup v2 and a quadlet: from nothing to a node that is Ready and pods that are served", async (t) => {
    await startByQuadlet(box, cluster, cluster.images.containers);
    await cluster.ready([box], deadlineMs);
    t.diagnostic(`Ready after ${await box.cpuSeconds()} CPU seconds`);

    await servesPods(cluster);
  });

  test("after a reboot by systemd the node is Ready, the pods run, and no container was made anew", async () => {
    const ids = await keptByAgent(box);
    assert.ok(ids.length >= 8, ids.join(", "));
    await box.reboot();

    await untilHealthy(box, "podman");
    await cluster.ready([box], deadlineMs);
    await podsRun(cluster);
    assert.deepEqual(await keptByAgent(box), ids);
  });
});
