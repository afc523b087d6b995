// The demo with Kubernetes: four hosts from nothing to Ready nodes and a served page. Its images are fetched or compiled when they are not there.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { agentContainer } from "./agent.ts";
import { demoImages } from "./demo-images.ts";
import { step } from "./demo-step.ts";
import { eventually } from "./eventually.ts";
import { hostsCommand } from "./hosts-command.ts";
import { startKubernetesCluster, type KubernetesCluster } from "./kubernetes-cluster.ts";
import { readPlannerCommands } from "./read-commands.ts";
import { runCommand } from "./run-command.ts";

const directory = "/tmp/flexkube-demo-kubernetes";
const work = `${directory}-cluster`;
const bases = { k1: "stable", k2: "stable", k3: "stable", k4: "stable" };
const project = fileURLToPath(new URL("../../", import.meta.url));
const hosts = hostsCommand({ LAB_DIR: directory });
const deadlineMs = 600_000;
/** Of web.yaml's Service. */
const nodePort = 30080;

/**
 * On standard output: the nodes, the Deployment, its page and what to type to look further. Throws what goes wrong.
 * `compile`: without images from registries.
 */
export async function kubernetesUp(compile: boolean): Promise<void> {
  await step("looking for Debian packages that are missing", async () =>
    runCommand([join(project, ".ci/debian"), "kubernetes"]),
  );
  const fetched = await demoImages({ compile });
  const cluster = await step("starting four Docker hosts with containerd's CRI and all images", async () => {
    await mkdir(work, { recursive: true });
    return startKubernetesCluster(bases, "kubernetes", { dir: directory, directory: work, outlives: true, fetched });
  });
  await step("splitting the cluster config", async () => {
    const readme = join(project, "examples/kubernetes/README.md");
    for (const args of await readPlannerCommands(readme, "Kubernetes on four hosts")) await cluster.planner(...args);
  });
  await step("starting the agents, all at once", async () => {
    // of a demo that is up already; without one there is nothing to remove
    await Promise.all(cluster.lab.hosts.map(async (host) => host.tryDocker(["rm", "-f", agentContainer])));
    await cluster.startAgents(...cluster.lab.hosts);
  });
  await step("waiting until all nodes are Ready", async () => cluster.ready(cluster.lab.hosts, deadlineMs));
  await step("waiting until a Deployment serves its page", async () => serve(cluster));
  await show(cluster);
}

/** Nothing is left, whether it was up or not; the images stay in the cache. */
export async function kubernetesDown(): Promise<void> {
  await step("removing the four hosts", async () => hosts.run(["down"]));
  await rm(work, { recursive: true, force: true });
}

async function page({ lab }: KubernetesCluster): Promise<string> {
  return lab.net("curl", "-sSf", "-m", "3", `http://${lab.prefix}.11:${nodePort}/`);
}

async function serve(cluster: KubernetesCluster): Promise<void> {
  const { kubectl, directory: at } = cluster;
  const soon = async (what: string, ask: () => Promise<unknown>): Promise<unknown> =>
    eventually(ask, { what, deadlineMs, everyMs: 500 });
  await soon("the Deployment is taken", async () => kubectl("apply", "-f", join(at, "web.yaml")));
  await soon("its pods run", async () => kubectl("rollout", "status", "deployment/web", "--timeout=5s"));
  await soon("its page is served", async () => page(cluster));
}

async function show(cluster: KubernetesCluster): Promise<void> {
  const { kubectl } = cluster;
  const command = `LAB_DIR=${directory} examples/lab/hosts`;
  const kubectlLine = `${command} net ${work}/usr/bin/kubectl --kubeconfig ${work}/admin.kubeconfig`;
  stdout.write(`
${await kubectl("get", "nodes", "-o", "wide")}
${await kubectl("get", "deployment,service", "web")}
http://${cluster.lab.prefix}.11:${nodePort}/ answers from pod ${(await page(cluster)).trim()}

look further (the hosts have a network of their own; \`net\` runs a program in it):
  ${kubectlLine} get pods -A -o wide
  ${command} net curl http://${cluster.lab.prefix}.11:${nodePort}/
  ${command} docker k1 exec ${agentContainer} flexkube-agent status
  ${command} kill k2 && ${command} start k2     # a power cut; it comes back by itself
cluster config and host configs: ${work}
remove everything: npm run demo -- down
`);
}
