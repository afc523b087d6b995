// A machine with Podman, brought up as README.md says: images from archives, the host config, a quadlet, systemd.
import { join } from "node:path";
import type { Cluster } from "#lab/cluster.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, type LabImage } from "#lab/images.ts";
import { readCommands } from "#lab/read-commands.ts";

const readme = new URL("README.md", import.meta.url);

/** Resolves when systemd has started the agent. `images`: what else the host config names. The lab's Docker on the machine must be off. */
export async function startByQuadlet(
  host: LabHost,
  cluster: Pick<Cluster, "directory" | "planner">,
  images: readonly LabImage[],
): Promise<void> {
  const [prepare = "", start = ""] = (await readCommands(readme, "A host with Podman")).split(/^flexkube-planner.*$/m);
  const agent = await agentImage();
  await host.exec("sh", "-euc", prepare);
  for (const { tar, reference } of images)
    if (reference !== agent.reference) await host.exec("podman", "load", "-q", "-i", await host.lend(tar));
  await host.exec("cp", await host.lend(agent.tar), "/var/lib/flexkube/images/flexkube-agent.tar");
  await host.copyIn(join(cluster.directory, "hosts", `${host.name}.yaml`), "/etc/flexkube/host.yaml", 0o600);
  const options = ["--image", agent.reference];
  const quadlet = await cluster.planner("boot", host.name, "--format", "quadlet", ...options);
  await host.writeFile("/etc/containers/systemd/flexkube-agent.container", quadlet);
  await host.exec("sh", "-euc", start);
}

/** Names and ids of what runs there, but the agent's own container, which a quadlet makes anew at each start, and helpers, which come and go. */
export async function keptByAgent(host: LabHost): Promise<readonly string[]> {
  const all = (await host.exec("podman", "ps", "--no-trunc", "--format", "{{.Names}} {{.ID}}")).trim().split("\n");
  return all.filter((line) => !line.startsWith("flexkube-")).toSorted();
}
