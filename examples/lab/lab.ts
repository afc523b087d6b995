// Several real Docker hosts on this machine (README.md): starts a lab and takes it down.
import { mkdtemp } from "node:fs/promises";
import { pid } from "node:process";
import { labHost, type LabHost } from "./host.ts";
import { hostsCommand, type HostsCommand } from "./hosts-command.ts";

export type LabOptions = {
  /** Names, or names with a base: "stable" (the Docker installed here), a Debian suite, or a root directory. */
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
  /** Memory limit of each host, such as "1G". */
  readonly memory?: string | undefined;
  /** Whether the hosts are prepared to be Kubernetes nodes: containerd with CRI, configured as host/containerd-cri.toml says. */
  readonly cri?: boolean | undefined;
  /** Image store that the hosts begin with (images.ts makes one). */
  readonly seed?: string | undefined;
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

/** Resolves when every dockerd answers. The lab also ends with this process, however that ends. Throws CommandFailed. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { net: prefix = "10.77.0" } = options;
  const dir = options.dir ?? (await mkdtemp("/tmp/lab-"));
  const command = hostsCommand({
    LAB_DIR: dir,
    LAB_NET: prefix,
    LAB_OWNER: String(pid),
    LAB_DISK: options.disk,
    LAB_MEM: options.memory,
    LAB_CRI: options.cri === true ? "1" : undefined,
    LAB_SEED: options.seed,
  });
  const known = new Map<string, LabHost>();
  try {
    await addHosts(command, known, wantedHosts(options.hosts));
  } catch (error) {
    await command.run(["down"]);
    throw error;
  }
  return labOf(command, known, { dir, prefix });
}

function labOf(command: HostsCommand, known: Map<string, LabHost>, identity: Pick<Lab, "dir" | "prefix">): Lab {
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
      await addHosts(command, known, [base === undefined ? name : `${name}=${base}`]);
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

async function addHosts(command: HostsCommand, known: Map<string, LabHost>, wanted: readonly string[]): Promise<void> {
  await command.run(["up", ...wanted]);
  for (const one of wanted) {
    const [name = ""] = one.split("=");
    const [ip, socket] = await Promise.all([command.run(["ip", name]), command.run(["sock", name])]);
    known.set(name, labHost(command, { name, ip: ip.trim(), socket: socket.trim() }));
  }
}

function wantedHosts(hosts: LabOptions["hosts"]): readonly string[] {
  // Array.isArray does not narrow a readonly array away
  if (Array.isArray(hosts)) return hosts as readonly string[];
  return Object.entries(hosts).map(([name, base]) => `${name}=${base}`);
}
