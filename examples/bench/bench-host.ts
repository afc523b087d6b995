// A lab host as the benchmark sees it: its file tree, its control group, its engine, and clean again between two rounds.
import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { agentContainer, startAgent } from "#lab/agent.ts";
import type { LabHost } from "#lab/host.ts";
import { hostsCommand } from "#lab/hosts-command.ts";
import { agentImage, imageStore, labImages, type LabImage } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import { ticksOf, type LoggedTick } from "./agent-log.ts";
import { bareClient, type BareClient } from "./bare-client.ts";
import { controlGroupOf, type ControlGroup } from "./control-group.ts";
import { w1Images } from "./w1.ts";

export type BenchHost = {
  readonly lab: LabHost;
  /** Process id of the host's init on this machine. */
  readonly pid: number;
  /** The host's `/` as a path of this machine. */
  readonly root: string;
  /** Of everything that runs on the host. */
  readonly group: ControlGroup;
  readonly bare: BareClient;
};

export type BenchImages = { readonly agent: LabImage; readonly w1: Readonly<Record<keyof typeof w1Images, string>> };

/** Starts a lab with these hosts and all images on them, and takes it down whatever happens. */
export async function withHosts<Name extends string, Result>(
  names: readonly Name[],
  act: (hosts: Readonly<Record<Name, BenchHost>>, images: BenchImages) => Promise<Result>,
): Promise<Result> {
  const found = await labImages(...Object.values(w1Images));
  const agent = await agentImage();
  const seed = await imageStore([...Object.values(found), agent]);
  const lab = await startLab({ hosts: names, seed });
  try {
    const hosts = await Promise.all(
      names.map(async (name) => [name, await benchHost(lab.dir, lab.host(name))] as const),
    );
    const w1 = {
      etcd: found[w1Images.etcd].reference,
      haproxy: found[w1Images.haproxy].reference,
      plain: found[w1Images.plain].reference,
    };
    try {
      // every name has just been looked up; Object.fromEntries forgets the keys' type
      return await act(Object.fromEntries(hosts) as Record<Name, BenchHost>, { agent, w1 });
    } finally {
      for (const [, host] of hosts) host.bare.close();
    }
  } finally {
    await lab.down();
  }
}

/** `directory`: that of the lab. Close `bare` in the end. */
export async function benchHost(directory: string, lab: LabHost): Promise<BenchHost> {
  const pid = Number(await hostsCommand({ LAB_DIR: directory }).run(["pid", lab.name]));
  return { lab, pid, root: `/proc/${pid}/root`, group: await controlGroupOf(pid), bare: bareClient(lab.socket) };
}

/** Directories that a round of W1 leaves on a host. */
const leftovers = ["/etc/kubernetes", "/etc/flexkube", "/var/lib/flexkube", "/var/lib/etcd", "/var/lib/compose"];

/** Removes every container and every file that a round has made. */
export async function clean({ lab }: Pick<BenchHost, "lab">): Promise<void> {
  const ids = (await lab.docker("ps", "-aq")).split(/\s+/).filter((id) => id !== "");
  if (ids.length > 0) await lab.docker("rm", "-f", "-v", ...ids);
  await lab.exec("rm", "-rf", ...leftovers);
}

/** Writes the host config where the agent reads it. */
export async function deliver({ lab }: Pick<BenchHost, "lab">, text: string): Promise<void> {
  await lab.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
  await lab.writeFile("/etc/flexkube/host.yaml", text, 0o600);
}

/** A running agent whose ticks can be watched. */
export type WatchedAgent = {
  /** The container's id. */
  readonly id: string;
  /** Finished ticks so far. */
  readonly ticks: () => Promise<readonly LoggedTick[]>;
  /** Resolves with the first tick after the first `count` that `wanted` likes. */
  readonly nextTick: (count: number, wanted?: (tick: LoggedTick) => boolean) => Promise<LoggedTick>;
};

const tickDeadlineMs = 120_000;
const lookEveryMs = 10;

/** Starts the agent's loop as documented, but without the image's health check, which is measured apart. */
export async function watchAgent(host: BenchHost, image: string, args: readonly string[] = []): Promise<WatchedAgent> {
  await startAgent(host.lab, {
    image,
    args: ["run", "--log-level", "debug", ...args],
    dockerArgs: ["--no-healthcheck"],
  });
  const told = (await host.lab.docker("inspect", "--format", "{{.Id}} {{.LogPath}}", agentContainer)).trim();
  const [id = "", log = ""] = told.split(" ");
  const ticks = async (): Promise<readonly LoggedTick[]> => ticksOf(await readFile(`${host.root}${log}`, "utf8"));
  return {
    id,
    ticks,
    nextTick: async (count, wanted = () => true) => {
      const end = performance.now() + tickDeadlineMs;
      for (;;) {
        const found = (await ticks()).slice(count).find(wanted);
        if (found !== undefined) return found;
        if (performance.now() > end) throw new Error(`no tick as wanted within ${tickDeadlineMs} ms`);
        await sleep(lookEveryMs);
      }
    },
  };
}

/** The control group of a container on the host. */
export async function containerGroup({ pid }: BenchHost, id: string): Promise<ControlGroup> {
  return controlGroupOf(pid, `docker/${id}`);
}

/** The engine reports a change that needs nothing, so that the agent looks. */
export async function nudge({ bare }: Pick<BenchHost, "bare">, container: string): Promise<void> {
  await bare.call({ method: "POST", path: `/containers/${container}/update`, body: {} });
}

/** Bytes of a file of this machine. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
