// Several real Docker hosts on this machine (README.md): starts a lab and takes it down.
import { mkdtemp } from "node:fs/promises";
import { env, pid } from "node:process";
import { labHost, type LabHost } from "./host.ts";
import { hostsCommand, type HostsCommand } from "./hosts-command.ts";

export type LabOptions = {
  /**
   * Names, or names with a base: "stable" (the Docker installed here), a Debian suite, "podman", or a root directory; "machine" (Debian 13) or
   * "machine-SUITE" for a host with a kernel and systemd of its own; "emulated" or "emulated-arm64" for one with Debian's own kernel.
   */
  readonly hosts: readonly string[] | Readonly<Record<string, string>>;
  /**
   * First three octets of the addresses; hosts are .11, .12, ... in order, the operator is .1. "10.77.0" unless told:
   * labs have networks of their own, so any number of them can have the same.
   */
  readonly net?: string | undefined;
  /** State directory; a short path (it holds sockets). A new one below /tmp unless told. */
  readonly dir?: string | undefined;
  /** Size of each host's disk, such as "300M"; without a limit unless told. */
  readonly disk?: string | undefined;
  /** Memory limit of each host, such as "1G"; a machine has 2G unless told. */
  readonly memory?: string | undefined;
  /** Processors of each machine; 2 unless told. */
  readonly processors?: number | undefined;
  /** Words for the kernel command line of machines. */
  readonly boot?: string | undefined;
  /** More packages of Debian for machines. */
  readonly packages?: readonly string[] | undefined;
  /** Whether the hosts are prepared to be Kubernetes nodes: containerd with CRI, configured as host/containerd-cri.toml says. */
  readonly cri?: boolean | undefined;
  /** Image store that the hosts begin with (images.ts makes one); one for each base where hosts have several. */
  readonly seed?: string | Readonly<Record<string, string>> | undefined;
  /** Whether it stays when this process ends, until `down`, or `hosts down` with its directory as LAB_DIR. */
  readonly outlives?: boolean | undefined;
};

export type Lab = {
  readonly dir: string;
  /** First three octets of all addresses. */
  readonly prefix: string;
  /** In the order of their addresses. */
  readonly hosts: readonly LabHost[];
  /** Throws when there is none of that name. */
  readonly host: (name: string) => LabHost;
  /** Makes and starts another host, with `base` as in LabOptions. */
  readonly addHost: (name: string, base?: string) => Promise<LabHost>;
  /** Standard output of a program of this machine, run as the operator: in the lab's network, at <net>.1. */
  readonly net: (...command: readonly string[]) => Promise<string>;
  /** Undoes every network fault. */
  readonly heal: () => Promise<void>;
  /** Ends and removes everything; may be called twice. */
  readonly down: () => Promise<void>;
};

/** Resolves when every dockerd answers. The lab also ends with this process, however that ends, unless it outlives it. Throws CommandFailed. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { net: prefix = "10.77.0" } = options;
  const dir = options.dir ?? (await mkdtemp("/tmp/lab-"));
  const commandFor = (base: string) =>
    hostsCommand({
      LAB_DIR: dir,
      LAB_NET: prefix,
      LAB_OWNER: options.outlives === true ? undefined : String(pid),
      LAB_DISK: options.disk,
      LAB_MEM: options.memory,
      LAB_CPUS: options.processors?.toString(),
      LAB_BOOT: options.boot,
      LAB_PACKAGES: options.packages?.join(" "),
      LAB_CRI: options.cri === true ? "1" : undefined,
      LAB_SEED: typeof options.seed === "string" ? options.seed : options.seed?.[base],
    });
  const known = new Map<string, LabHost>();
  try {
    await addHosts(commandFor, known, wantedHosts(options.hosts));
  } catch (error) {
    await commandFor("").run(["down"]);
    throw error;
  }
  return labOf(commandFor, known, { dir, prefix });
}

/** The script with what hosts of a base get; "" where no host is made. */
type CommandFor = (base: string) => HostsCommand;

function labOf(commandFor: CommandFor, known: Map<string, LabHost>, identity: Pick<Lab, "dir" | "prefix">): Lab {
  const command = commandFor("");
  const host = (name: string): LabHost => {
    const found = known.get(name);
    if (found === undefined) throw new Error(`no host ${name} in this lab`);
    return found;
  };
  return {
    ...identity,
    get hosts() {
      return [...known.values()];
    },
    host,
    addHost: async (name, base) => {
      await addHosts(commandFor, known, [{ name, base }]);
      return host(name);
    },
    net: (...line) => command.run(["net", ...line]),
    heal: async () => {
      await command.run(["heal"]);
    },
    down: async () => {
      await command.run(["down"]);
    },
  };
}

type Wanted = { readonly name: string; readonly base?: string | undefined };

/** In the order of their addresses; neighbours with the same base at once. */
async function addHosts(commandFor: CommandFor, known: Map<string, LabHost>, wanted: readonly Wanted[]): Promise<void> {
  const command = commandFor("");
  for (const group of byBase(wanted)) {
    const words = group.map(({ name, base }) => {
      const made = onThisKind(base);
      return made === undefined ? name : `${name}=${made}`;
    });
    await commandFor(group[0]?.base ?? "stable").run(["up", ...words]);
  }
  for (const { name, base } of wanted) {
    const kind = isMachine(onThisKind(base)) ? "machine" : "namespace";
    const [ip, socket] = await Promise.all([command.run(["ip", name]), command.run(["sock", name])]);
    known.set(name, labHost(command, { name, kind, ip: ip.trim(), socket: socket.trim() }));
  }
}

/**
 * With LAB_KIND=machine in the environment every scenario runs on machines: Debian 13 where it asks for the Docker installed here,
 * else the suite that it asks for. With LAB_MACHINE, such as bookworm, a machine of which no suite is said is of that one.
 */
function onThisKind(wanted: string | undefined): string | undefined {
  const base = wanted === "machine" && env["LAB_MACHINE"] ? `machine-${env["LAB_MACHINE"]}` : wanted;
  if (env["LAB_KIND"] !== "machine" || isMachine(base) || base?.startsWith("/") === true) return base;
  return base === undefined || base === "stable" ? "machine" : `machine-${base}`;
}

/** Whether hosts of this base are machines. */
export function isMachine(base: string | undefined): boolean {
  return /^(machine|emulated)(-|$)/.test(base ?? "");
}

function byBase(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups: Wanted[][] = [];
  for (const host of wanted) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && last[0].base === host.base) last.push(host);
    else groups.push([host]);
  }
  return groups;
}

function wantedHosts(hosts: LabOptions["hosts"]): readonly Wanted[] {
  if (!Array.isArray(hosts)) return Object.entries(hosts).map(([name, base]) => ({ name, base }));
  return hosts.map((word: string) => {
    const [name = "", base] = word.split("=");
    return { name, base };
  });
}
