// One example's cluster on a lab: its config in a directory of its own, split by the planner, delivered, kept by agents.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readReport, type HostReport } from "./agent-report.ts";
import { agentContainer, startAgent } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage } from "./images.ts";
import type { Lab } from "./lab.ts";
import { plannerProgram } from "./planner-program.ts";
import { runCommand } from "./run-command.ts";
import { makeStandInCertificate } from "./stand-in-certificate.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** What `flexkube-agent status --json` says beyond that: its components are as they are now. */
export type HostStatus = HostReport & {
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
  readonly warnings: readonly string[];
};

export type Cluster = {
  /** Holds cluster.yaml, and after `split` hosts/ and pki/. */
  readonly directory: string;
  /** Output of the planner; any command of it. Throws when its exit code is not 0. */
  readonly planner: (...args: readonly string[]) => Promise<string>;
  /** Changes cluster.yaml. */
  readonly edit: (change: (text: string) => string) => Promise<void>;
  /** Copies host configs to their hosts; the agents take them up by themselves. */
  readonly deliver: (...hosts: readonly LabHost[]) => Promise<void>;
  /** Starts all agents at the same moment. */
  readonly startAgents: (...hosts: readonly LabHost[]) => Promise<void>;
  /** Makes the loop look now, as the next interval would. */
  readonly nudge: (...hosts: readonly LabHost[]) => Promise<void>;
  /** Of the last tick, by its file: for those who look again and again, where `status` starts a program in the container each time. */
  readonly report: (host: LabHost) => Promise<HostReport>;
  readonly status: (host: LabHost) => Promise<HostStatus>;
  /** Resolves once the agents of these hosts have settled, after the last nudge, with the config that is in hosts/ now. */
  readonly settled: (hosts: readonly LabHost[], deadlineMs?: number) => Promise<void>;
  /** The same by reports that are all of later than this call, by each host's own clock: after something has befallen them. */
  readonly settledAnew: (hosts: readonly LabHost[], deadlineMs?: number) => Promise<void>;
  /** etcdctl as the operator against one member or all; without `host` all endpoints. */
  readonly etcdctl: (host: LabHost | undefined, ...args: readonly string[]) => Promise<string>;
  readonly remove: () => Promise<void>;
};

/** Copies examples/<example> to `directory`, or to a new one. Its images and the agent's are on the hosts of the lab, as startClusterLab makes it. */
export async function createCluster(lab: Lab, example: string, at?: string): Promise<Cluster> {
  const directory = at ?? (await mkdtemp(join(tmpdir(), `flexkube-${example}-`)));
  await cp(join(project, "examples", example), directory, { recursive: true });
  await makeStandInCertificate(join(directory, "stand-in"));
  const own = await agentImage();
  const planner = await plannerProgram();
  const file = join(directory, "cluster.yaml");
  const hostFile = (host: LabHost): string => join(directory, "hosts", `${host.name}.yaml`);
  /** When their agents were started last, by name. */
  const since = new Map<string, number>();
  return {
    directory,
    planner: async (...args) => runCommand(["env", "-C", directory, planner, ...args]),
    edit: async (change) => writeFile(file, change(await readFile(file, "utf8"))),
    deliver: async (...hosts) => {
      await Promise.all(hosts.map((host) => host.copyIn(hostFile(host), "/etc/flexkube/host.yaml", 0o600)));
    },
    startAgents: async (...hosts) => {
      await Promise.all(
        hosts.map(async (host) => {
          const args = ["run", "--host", host.name];
          await startAgent(host, { image: own.reference, args, hostConfigFile: hostFile(host) });
          since.set(host.name, await startOf(host));
        }),
      );
    },
    nudge: async (...hosts) => {
      await Promise.all(
        hosts.map(async (host) => {
          await host.docker("restart", agentContainer);
          since.set(host.name, await startOf(host));
        }),
      );
    },
    report: readReport,
    status: statusOf,
    settled: async (hosts, deadlineMs) => {
      for (const host of hosts) await settled({ host, file: hostFile(host), since: since.get(host.name), deadlineMs });
    },
    settledAnew: async (hosts, deadlineMs) => {
      const awaited = await Promise.all(hosts.map(async (host) => ({ host, since: await nextSecond(host) })));
      for (const one of awaited) await settled({ ...one, file: hostFile(one.host), deadlineMs });
    },
    etcdctl: async (host, ...args) => etcdctl({ lab, directory, host }, args),
    remove: async () => rm(directory, { recursive: true, force: true }),
  };
}

async function statusOf(host: LabHost): Promise<HostStatus> {
  const { stdout } = await host.tryDocker(["exec", agentContainer, "/flexkube-agent", "status", "--json"]);
  // the agent's own report
  return JSON.parse(stdout) as HostStatus;
}

async function etcdctl(
  about: { readonly lab: Lab; readonly directory: string; readonly host: LabHost | undefined },
  args: readonly string[],
): Promise<string> {
  const { lab, directory, host } = about;
  const endpoints = (host === undefined ? lab.hosts : [host]).map(({ ip }) => `https://${ip}:2379`).join(",");
  const pki = join(directory, "pki", "etcd");
  const first = lab.hosts[0]?.name ?? "";
  const tls = [
    "--cacert",
    join(pki, "ca.crt"),
    "--cert",
    join(pki, `${first}-server.crt`),
    "--key",
    join(pki, `${first}-server.key`),
  ];
  const limits = ["--dial-timeout", "2s", "--command-timeout", "4s"];
  return lab.net("env", "ETCDCTL_API=3", "etcdctl", "--endpoints", endpoints, ...tls, ...limits, ...args);
}

/** How long a tick with much to do may take, and how often it is looked for: a look takes a machine's own time. */
const patience = {
  namespace: { deadlineMs: 90_000, everyMs: 100 },
  machine: { deadlineMs: 360_000, everyMs: 1000 },
};

type Settling = {
  readonly host: LabHost;
  readonly file: string;
  readonly since: number | undefined;
  readonly deadlineMs: number | undefined;
};

/** In milliseconds by the host's clock, which a test may have set wrong. */
async function nextSecond(host: LabHost): Promise<number> {
  return (Number(await host.exec("date", "+%s")) + 1) * 1000;
}

/** Of its agent, by the host's clock. What the one before has reported says nothing: it may have looked before what is asked about. */
async function startOf(host: LabHost): Promise<number> {
  return Date.parse((await host.docker("inspect", "--format", "{{.State.StartedAt}}", agentContainer)).trim());
}

async function settled({ host, file, since = 0, deadlineMs }: Settling): Promise<void> {
  const wanted = /^generation: ([0-9]+)$/m.exec(await readFile(file, "utf8"))?.[1];
  const assertSettled = (found: HostReport): void => {
    const isNew = Date.parse(found.writtenAt) >= since;
    if (!isNew || found.result !== "settled" || String(found.generation) !== wanted)
      throw new Error(JSON.stringify(found));
  };
  await eventually(
    async () => {
      assertSettled(await readReport(host));
      assertSettled(await statusOf(host));
      return true;
    },
    {
      what: `${host.name} is settled with generation ${wanted}`,
      deadlineMs: deadlineMs ?? patience[host.kind].deadlineMs,
      everyMs: patience[host.kind].everyMs,
    },
  );
}
