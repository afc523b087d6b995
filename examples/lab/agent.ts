// Runs flexkube-agent on a lab host with the `docker run` line that README.md documents.
import { readFile } from "node:fs/promises";
import { agentContainer, agentRights, keptContainer } from "#planner/boot/docker-run.ts";
import { hostConfigPath } from "#planner/boot/host-paths.ts";
import type { LabHost } from "./host.ts";
import type { CommandResult } from "./run-command.ts";

export type AgentOptions = {
  /** Reference of an image that is on the host (images.ts: `agentImage`). */
  readonly image: string;
  /** File of this machine that becomes the host's /etc/flexkube/host.yaml; what is there stays unless told. */
  readonly hostConfigFile?: string | undefined;
  /** The agent's command line. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Of the container, when it is not the usual one. */
  readonly name?: string | undefined;
  /** More words for `docker run`, such as `--no-healthcheck`. */
  readonly dockerArgs?: readonly string[] | undefined;
  /** Standard input. */
  readonly input?: string | Uint8Array | undefined;
};

export { agentContainer, hostConfigPath };

/** Starts the agent's loop; its image must be on the host. */
export async function startAgent(host: LabHost, options: AgentOptions): Promise<void> {
  await prepareHost(host, options);
  await host.docker(...keptContainer(options.name ?? agentContainer), ...line(options));
}

/** Ends the agent and removes its container: orderly, or at once with `kill`. */
export async function stopAgent(host: LabHost, options: { readonly kill?: boolean } = {}): Promise<void> {
  if (options.kill !== true) await host.docker("stop", agentContainer);
  await host.docker("rm", "-f", agentContainer);
}

/** Removes all containers with their anonymous volumes; the agent before the others, of which it would make new ones. */
export async function removeContainers(host: LabHost): Promise<void> {
  await host.docker("rm", "-fv", agentContainer);
  const others = (await host.docker("ps", "-aq")).trim();
  if (others !== "") await host.docker("rm", "-fv", ...others.split("\n"));
}

/** Runs the agent to its end beside whatever runs already, for `apply`, `plan`, `status` and the like. */
export async function runAgentOnce(
  host: LabHost,
  args: readonly string[],
  options: Omit<AgentOptions, "args">,
): Promise<CommandResult> {
  await prepareHost(host, options);
  const interactive = options.input === undefined ? [] : ["-i"];
  return host.tryDocker(["run", "--rm", ...interactive, ...line({ ...options, args })], { input: options.input });
}

/** Everything the agent's container wrote, errors first. */
export async function agentLogs(host: LabHost): Promise<string> {
  const { exitCode, stdout, stderr } = await host.tryDocker(["logs", agentContainer]);
  if (exitCode !== 0) throw new Error(`no agent on ${host.name}: ${stderr}`);
  return stderr + stdout;
}

/** `--mount` refuses a missing source, so the operator makes both directories. */
async function prepareHost(host: LabHost, options: Pick<AgentOptions, "hostConfigFile">): Promise<void> {
  await host.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
  if (options.hostConfigFile !== undefined) {
    await host.writeFile(hostConfigPath, await readFile(options.hostConfigFile), 0o600);
  }
}

function line(options: AgentOptions): readonly string[] {
  const env = Object.entries(options.env ?? {}).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  return [...agentRights, ...env, ...(options.dockerArgs ?? []), options.image, ...options.args];
}
