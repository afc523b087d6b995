// The demo without Kubernetes: etcd, load balancers and plain containers on three real Docker hosts in a lab.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { agentContainer, startAgent } from "./agent.ts";
import { step } from "./demo-step.ts";
import { eventually } from "./eventually.ts";
import { labHost } from "./host.ts";
import type { LabHost } from "./host.ts";
import { hostsCommand } from "./hosts-command.ts";
import { agentImage, labImages } from "./images.ts";
import { runCommand } from "./run-command.ts";
import { makeStandInCertificate } from "./stand-in-certificate.ts";

const directory = "/tmp/flexkube-demo";
const work = `${directory}-cluster`;
const names = ["h1", "h2", "h3"];
const project = fileURLToPath(new URL("../../", import.meta.url));
// not owned by this process: the demo stays until it is taken down
const hosts = hostsCommand({ LAB_DIR: directory, LAB_NET: "10.77.0" });

/** On standard output: a table of all components, and what to type to look further. Throws what goes wrong. */
export async function threeHostsUp(): Promise<void> {
  const images = await step("building the images", async () => {
    const lab = await labImages("busybox", "haproxy", "etcd35");
    return [...Object.values(lab), await agentImage()];
  });
  await step("starting three Docker hosts", async () => hosts.run(["up", ...names]));
  const lab = await Promise.all(names.map(async (name) => hostOf(name)));
  await step("loading the images on each", async () => {
    for (const { tar } of images) await Promise.all(lab.map(async (host) => host.load(tar)));
  });
  await step("splitting the cluster config", split);
  const image = images.at(-1)?.reference ?? "";
  await step("starting the agents, all at once", async () => {
    await Promise.all(
      lab.map(async (host) => {
        // of a demo that is up already; without one there is nothing to remove
        await host.tryDocker(["rm", "-f", agentContainer]);
        await startAgent(host, {
          image,
          args: ["run", "--host", host.name],
          hostConfigFile: join(work, "hosts", `${host.name}.yaml`),
        });
      }),
    );
  });
  const tables = await step("waiting until every component is healthy", async () =>
    Promise.all(lab.map(async (host) => healthy(host))),
  );
  show(tables);
}

async function hostOf(name: string): Promise<LabHost> {
  const ip = (await hosts.run(["ip", name])).trim();
  return labHost(hosts, { name, kind: "namespace", ip, socket: (await hosts.run(["sock", name])).trim() });
}

async function split(): Promise<void> {
  await mkdir(work, { recursive: true });
  await cp(join(project, "examples/three-hosts/cluster.yaml"), join(work, "cluster.yaml"));
  await makeStandInCertificate(join(work, "stand-in"));
  await runCommand([
    "env",
    "-C",
    work,
    join(project, "node_modules/.bin/node"),
    join(project, "planner/main.ts"),
    "split",
  ]);
}

/** What `status` shows once the config that was delivered last is in force and works: an agent before this one may have left a report. */
async function healthy(host: LabHost): Promise<string> {
  return eventually(async () => host.docker("exec", agentContainer, "/flexkube-agent", "status", "--wait", "10s"), {
    what: `all components of ${host.name} are healthy`,
    deadlineMs: 180_000,
    everyMs: 300,
  });
}

/** One table of all hosts, and what to type to look further. */
function show(statuses: readonly string[]): void {
  const tables = statuses.map((text) => text.split("\n\n")[0]?.trimEnd().split("\n") ?? []);
  const rows = tables.flatMap(([header = "", ...lines], index) => [
    ...(index === 0 ? [`HOST  ${header}`] : []),
    ...lines.map((line) => `${(names[index] ?? "").padEnd(4)}  ${line}`),
  ]);
  const command = `LAB_DIR=${directory} examples/lab/hosts`;
  const pki = `${work}/pki/etcd`;
  stdout.write(`
${rows.join("\n")}

look further:
  ${command} docker h1 ps
  ${command} docker h1 exec ${agentContainer} /flexkube-agent status
  ${command} docker h1 logs ${agentContainer}
  ${command} net env ETCDCTL_API=3 etcdctl --endpoints https://10.77.0.11:2379 --cacert ${pki}/ca.crt --cert ${pki}/h1-server.crt --key ${pki}/h1-server.key member list
  ${command} kill h2 && ${command} start h2     # a power cut; it comes back by itself
cluster config and host configs: ${work}
remove everything: npm run demo -- down
`);
}

/** Nothing is left, whether it was up or not. */
export async function threeHostsDown(): Promise<void> {
  await step("removing the three hosts", async () => hosts.run(["down"]));
  await rm(work, { recursive: true, force: true });
}
