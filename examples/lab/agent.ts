// Runs flexkube-agent on a lab host with the `docker run` line that README.md documents.
import { readFile } from "node:fs/promises";
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

export const agentContainer = "flexkube-agent";
/** Where the agent looks for its host config. */
export const hostConfigPath = "/etc/flexkube/host.yaml";

/**
 * What the agent is allowed and what it sees. The directory of the socket and not the socket, because a bind of that goes stale when
 * dockerd makes a new one while the agent lives on (`live-restore`).
 */
const rights = `
  --network host --user 0 --cap-drop ALL --cap-add DAC_READ_SEARCH --read-only
  --security-opt no-new-privileges --security-opt label=disable
  --stop-timeout 30 --log-opt max-size=10m --log-opt max-file=3
  --mount type=bind,source=/run,target=/var/run,readonly
  --mount type=bind,source=/etc/flexkube,target=/etc/flexkube,readonly
  --mount type=bind,source=/var/lib/flexkube,target=/var/lib/flexkube
  --mount type=bind,source=/,target=/host,readonly,bind-propagation=rslave`
  .trim()
  .split(/\s+/);

/** Starts the agent's loop; its image must be on the host. */
export async function startAgent(host: LabHost, options: AgentOptions): Promise<void> {
  await prepareHost(host, options);
  await host.docker("run", "-d", "--name", options.name ?? agentContainer, "--restart", "always", ...line(options));
}

/** Ends the agent and removes its container: orderly, or at once with `kill`. */
export async function stopAgent(host: LabHost, options: { readonly kill?: boolean } = {}): Promise<void> {
  if (options.kill !== true) await host.docker("stop", agentContainer);
  await host.docker("rm", "-f", agentContainer);
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
  return [...rights, ...env, ...(options.dockerArgs ?? []), options.image, ...options.args];
}
