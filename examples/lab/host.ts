// One host of a lab: what can be done in it and to it. All methods throw CommandFailed with the command and its errors.
import { copyFile, mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { HostsCommand } from "./hosts-command.ts";
import { runCommand, type CommandOptions, type CommandResult } from "./run-command.ts";

/** With namespaces of this machine's kernel, or a virtual machine with a kernel, systemd, clock and disk of its own. */
export type HostKind = "namespace" | "machine";

export type LabHost = {
  readonly name: string;
  readonly kind: HostKind;
  readonly ip: string;
  /** Path of the Docker socket for those outside the host; gone and back with dockerd. */
  readonly socket: string;
  /**
   * Process id, on this machine, of the host's init: the way into its namespaces. Another one after each power-on. Throws for a machine,
   * which has none here: scenarios that need them say so (`skipWithoutLab("namespace")`).
   */
  readonly pid: () => Promise<number>;
  /**
   * Shows a file of this machine to the host, without a byte on its disk, and resolves to where it is there. A program must need no library.
   * Given again, it is copied only when it has changed.
   */
  readonly lend: (from: string) => Promise<string>;

  /** Standard output of a program in the host (a busybox userland, and Docker's own programs). */
  readonly exec: (...command: readonly string[]) => Promise<string>;
  /** The same, with standard input and the like, whatever the exit code is. */
  readonly attempt: (command: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** Standard output of a program with the host's network: one of this machine's, or of the host's own where that is a machine. */
  readonly inNetwork: (command: readonly string[], options?: CommandOptions) => Promise<string>;
  /** Standard output of the docker CLI against the host's daemon. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly tryDocker: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** `docker load` of an archive. */
  readonly load: (tar: string) => Promise<void>;
  /** The same into containerd's store of images for pods; on a host with CRI. */
  readonly importForPods: (tar: string) => Promise<void>;

  /** Writes a file of the host and its missing directories (0755); mode 0644 unless told. */
  readonly writeFile: (path: string, content: string | Uint8Array, mode?: number) => Promise<void>;
  readonly readFile: (path: string) => Promise<Buffer>;
  /** Copies a file of this machine. */
  readonly copyIn: (from: string, to: string, mode?: number) => Promise<void>;

  /** Power cut. */
  readonly kill: () => Promise<void>;
  /** Power on; resolves when dockerd answers, or at once where it was told to stay off. */
  readonly start: () => Promise<void>;
  /** Orderly power-off: dockerd stops its containers first. */
  readonly stop: () => Promise<void>;
  /** Orderly off and on, by systemd where there is one; resolves as `start` does. */
  readonly reboot: () => Promise<void>;
  /** No process of the host runs until `thaw`. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;

  /** Cuts the network between this and another host; without one: between this host and everyone, the operator too. */
  readonly partition: (other?: string) => Promise<void>;
  /** Pulls the network cable; `plug` puts it back. */
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  /** Limits the network rate, such as "512kbit". */
  readonly slow: (rate: string) => Promise<void>;
  /** Undoes every network fault that this host has part in. */
  readonly heal: () => Promise<void>;

  /** For hosts with a disk of their own (`disk` of startLab): no byte is left from `fill` until `free`. */
  readonly disk: { readonly fill: () => Promise<void>; readonly free: () => Promise<void> };
  /** What a machine's clock says at its next boots, in words of date(1), such as "400 days ago"; "right" undoes that. */
  readonly clock: (words: string) => Promise<void>;
  /** Seconds of processor time of everything that the host has run. */
  readonly cpuSeconds: () => Promise<number>;
  /** Removes paths from the disk of a host that is off. */
  readonly wipe: (...paths: readonly string[]) => Promise<void>;
  readonly dockerd: {
    /** SIGKILL; init starts it again within about a second. */
    readonly kill: () => Promise<void>;
    /** Orderly, and it stays off, also over reboots, until `on`. */
    readonly off: () => Promise<void>;
    readonly on: () => Promise<void>;
    /** Resolves when it answers. */
    readonly answers: () => Promise<void>;
  };
  /** The last lines of the host's own logs (init, containerd, dockerd). */
  readonly log: () => Promise<string>;
};

/** A host that `hosts up` made. */
export function labHost(hosts: HostsCommand, identity: Pick<LabHost, "name" | "kind" | "ip" | "socket">): LabHost {
  const { name, kind } = identity;
  const call = async (...args: readonly string[]) => {
    await hosts.run(args);
  };
  const put = (path: string, content: string | Uint8Array, mode = 0o644) =>
    hosts.run(["exec", name, "sh", "-euc", writeScript, "sh", path, mode.toString(8)], { input: content });
  const pid = async (): Promise<number> => {
    if (kind === "machine") throw new Error(`${name} is a machine: it has no namespaces on this one`);
    return Number(await hosts.run(["pid", name]));
  };
  return {
    ...identity,
    pid,
    lend: async (from) => lend(from, dirname(identity.socket)),
    inNetwork: async (command, options) =>
      kind === "machine"
        ? hosts.run(["exec", name, ...command], options)
        : runCommand(["nsenter", `--net=/proc/${await pid()}/ns/net`, ...command], options),
    exec: (...command) => hosts.run(["exec", name, ...command]),
    attempt: (command, options) => hosts.attempt(["exec", name, ...command], options),
    docker: (...args) => hosts.run(["docker", name, ...args]),
    tryDocker: (args, options) => hosts.attempt(["docker", name, ...args], options),
    load: (tar) => call("load", tar, name),
    importForPods: (tar) => call("import", tar, name),
    writeFile: async (path, content, mode) => {
      await put(path, content, mode);
    },
    readFile: (path) => hosts.bytes(["exec", name, "cat", path]),
    copyIn: async (from, to, mode) => {
      await put(to, await readFile(from), mode);
    },
    kill: () => call("kill", name),
    start: () => call("start", name),
    stop: () => call("stop", name),
    reboot: () => call("reboot", name),
    freeze: () => call("freeze", name),
    thaw: () => call("thaw", name),
    ...networkFaults(name, call),
    disk: { fill: () => call("disk", name, "fill"), free: () => call("disk", name, "free") },
    clock: (words) => call("clock", name, words),
    cpuSeconds: async () => Number(await hosts.run(["cpu", name])),
    wipe: (...paths) => call("wipe", name, ...paths),
    dockerd: dockerdOf(name, call),
    log: () => hosts.run(["log", name]),
  };
}

/** `shared`: the directory that the host has as /run/lab. */
async function lend(from: string, shared: string): Promise<string> {
  const to = join(shared, "lent", basename(from));
  const [given, there] = await Promise.all([stat(from), stat(to).catch(() => undefined)]);
  if (there?.size !== given.size || there.mtimeMs < given.mtimeMs) {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  }
  return `/run/lab/lent/${basename(from)}`;
}

type Call = (...args: readonly string[]) => Promise<void>;

function dockerdOf(name: string, call: Call): LabHost["dockerd"] {
  return {
    kill: () => call("dockerd", name, "kill"),
    off: () => call("dockerd", name, "off"),
    on: () => call("dockerd", name, "on"),
    answers: () => call("dockerd", name, "wait"),
  };
}

function networkFaults(name: string, call: Call): Pick<LabHost, "partition" | "unplug" | "plug" | "slow" | "heal"> {
  return {
    partition: (other) => call("partition", name, ...(other === undefined ? [] : [other])),
    unplug: () => call("unplug", name),
    plug: () => call("plug", name),
    slow: (rate) => call("slow", name, rate),
    heal: () => call("heal", name),
  };
}

/** $1 path, $2 mode. Never readable by others in between; the rename makes it whole for a reader, and the sync over a power cut. */
const writeScript = `
mkdir -p "$(dirname "$1")"
umask 077
cat >"$1.new"
chmod "$2" "$1.new"
sync "$1.new"
mv "$1.new" "$1"`;
