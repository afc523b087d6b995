// A cluster with Kubernetes that brings its hosts their sealed configs by Secrets; on each host a greeter, whose words are what changes.
import { changedYaml } from "#lab/changed-yaml.ts";
import type { YamlChange } from "#lab/changed-yaml.ts";
import { labImages } from "#lab/images.ts";
import { startKubernetesCluster } from "#lab/kubernetes-cluster.ts";
import type { KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import type { LabHost } from "#lab/host.ts";
import { lookOften } from "#lab/look-often.ts";
import { plannerProgram } from "#lab/planner-program.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { CommandFailed } from "#lab/run-command.ts";
import type { CommandResult } from "#lab/run-command.ts";

const readme = new URL("README.md", import.meta.url);
/** For what a cluster needs to begin, or to take up what was delivered. */
export const deadlineMs = 300_000;

const greets = "trap 'exit 0' TERM; while :; do sleep 1; done";

export type SealedCluster = KubernetesCluster & {
  /** What the greeters of all hosts are to say from the next delivery on, and, where it is another one, their program. */
  readonly greet: (text: string, script?: string) => Promise<void>;
  readonly greeting: (host: LabHost) => Promise<string>;
  /** By the documented commands; what the last one says. Throws CommandFailed. */
  readonly deliverBySecret: () => Promise<string>;
  /** What the agent has written of it at its Node; "" for nothing. */
  readonly acknowledged: (host: LabHost) => Promise<string>;
  /** A command of the planner in the network of the cluster, whatever its exit code is. */
  readonly attemptPlanner: (...args: readonly string[]) => Promise<CommandResult>;
};

/** As startKubernetesCluster, with the first sealed configs in force and `admin.kubeconfig` written. `change` is of the example's config. */
export async function startSealedCluster(
  hosts: Readonly<Record<string, string>>,
  example: string,
  change: YamlChange = {},
): Promise<SealedCluster> {
  const { busybox } = await labImages("busybox");
  const cluster = await startKubernetesCluster(hosts, example, { images: [busybox] });
  try {
    await cluster.edit((text) => lookOften(changedYaml(text, change)));
    await cluster.planner("split", "--seal");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...cluster.lab.hosts);
    await cluster.settled(cluster.lab.hosts, deadlineMs);
  } catch (error) {
    await cluster.lab.down();
    throw error;
  }
  return { ...cluster, ...(await deliveryOf(cluster)) };
}

async function deliveryOf(cluster: KubernetesCluster): Promise<Omit<SealedCluster, keyof KubernetesCluster>> {
  const planner = await plannerProgram();
  const run = async (args: readonly string[]): Promise<string> =>
    cluster.lab.net("env", "-C", cluster.directory, planner, ...args);
  return {
    greet: async (text, script = greets) => {
      const file = { path: "motd", content: `${text}\n`, effect: "none" };
      const args = ["sh", "-c", script];
      const probe = { deadline: "20s" };
      const greeter = { hosts: "all", image: "busybox:lab", args, probe, files: [file] };
      await cluster.edit((config) => changedYaml(config, { "containers.greeter": greeter }));
    },
    greeting: async (host) => (await host.docker("exec", "greeter", "cat", "/etc/flexkube/live/motd")).trim(),
    deliverBySecret: async () => {
      let said = "";
      for (const args of await readPlannerCommands(readme, "Through Kubernetes")) said = await run(args);
      return said;
    },
    acknowledged: async ({ name }) => {
      const path = String.raw`jsonpath={.metadata.annotations.flexkube\.io/delivered}`;
      return (await cluster.kubectl("get", "node", name, "-o", path)).trim();
    },
    attemptPlanner: async (...args) =>
      run(args).then(
        (stdout) => ({ exitCode: 0, stdout, stderr: "" }),
        (error: unknown) => {
          if (error instanceof CommandFailed) return error.result;
          throw error;
        },
      ),
  };
}
