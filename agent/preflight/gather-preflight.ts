// Looks at all that must hold on the host before a kubelet starts. Changes nothing, and reads only what the rule asks for.
import type { Engine } from "#agent/engine/engine.ts";
import type { CgroupDriverAnswer } from "#agent/facts/ask-cgroup-driver.ts";
import type { HostTree } from "#agent/files/host-tree.ts";
import { mendArgument, sysctlPath } from "#agent/mend/mend-arguments.ts";
import { isMachineId } from "#agent/mend/machine-id.ts";
import type { KubeletPreflight } from "#shared/state/desired.ts";
import { isLoopbackOnly, nameServers } from "#shared/resolv-conf.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { checkCgroupVersion, checkControllers, enabledControllers } from "./cgroups.ts";
import { checkCgroupDriver } from "./cgroup-driver.ts";
import { checkPorts, type SocketTable } from "./ports.ts";
import type { ProcReader } from "./proc-reader.ts";
import { checkSharedMount } from "./shared-mount.ts";
import { checkSwap } from "./swap.ts";
import { checkSysctl } from "./sysctls.ts";

export type PreflightSources = {
  readonly engine: Pick<Engine, "info">;
  readonly tree: HostTree;
  readonly readProc: ProcReader;
  /** Of the runtime at this socket of the host. */
  readonly askCgroupDriver: (socket: string, signal: AbortSignal) => Promise<CgroupDriverAnswer>;
};
export type PreflightOptions = {
  /** A container of ours for the same name runs, so the ports are its own. */
  readonly running: boolean;
  readonly signal: AbortSignal;
};
type Findings = readonly PreflightFinding[];

/** All findings, in a fixed order. Throws ENGINE_*, FILES_UNREADABLE, FILES_BLOCKED. */
export async function gatherPreflight(
  rule: KubeletPreflight,
  sources: PreflightSources,
  options: PreflightOptions,
): Promise<Findings> {
  const { readProc, engine } = sources;
  const { cgroupVersion, cgroupDriver } = await engine.info({ signal: options.signal });
  const swap = rule.swapAllowed ? [] : checkSwap((await readProc("swaps")) ?? "");
  return [
    ...swap,
    ...checkCgroupVersion(cgroupVersion, rule.cgroupV1Allowed),
    ...checkControllers(await controllers(cgroupVersion, sources), {
      cgroups: (await readProc("cgroups")) ?? "",
      commandLine: (await readProc("cmdline")) ?? "",
    }),
    ...checkCgroupDriver(rule.runtime, {
      runtime: await sources.askCgroupDriver(rule.runtime.socket, options.signal),
      docker: cgroupDriver,
    }),
    ...(await overlay(sources)),
    ...(await sysctls(rule, readProc)),
    ...(await sharedMount(rule, sources, options.signal)),
    ...(await files(rule, sources.tree, options.signal)),
    ...(await resolver(rule, sources.tree, options.signal)),
    ...(options.running ? [] : await ports(rule, readProc)),
  ];
}

/** Version 2 has its controllers in a file of the host, which a container's view of control groups does not show whole. */
async function controllers(
  version: string,
  { tree, readProc }: PreflightSources,
): Promise<readonly string[] | undefined> {
  if (version === "1") return enabledControllers((await readProc("cgroups")) ?? "");
  const content = tree.free ? await textOf(tree, "/sys/fs/cgroup/cgroup.controllers") : undefined;
  return content?.trim().split(/\s+/);
}

/** A file system that is not loaded yet is loaded when it is first mounted, if the kernel's modules have it. */
async function overlay({ tree, readProc }: PreflightSources): Promise<Findings> {
  if (/\toverlay$/m.test((await readProc("filesystems")) ?? "")) return [];
  const release = ((await readProc("sys/kernel/osrelease")) ?? "").trim();
  const modules = await textOf(tree, `/lib/modules/${release}/modules.dep`);
  if (modules !== undefined && /(^|\/)overlay\.ko/m.test(modules)) return [];
  const needed = "overlay, on which container runtimes keep images";
  return [{ check: "file system", found: "no overlay", needed, command: "modprobe overlay" }];
}

async function sysctls({ sysctls: needed }: KubeletPreflight, readProc: ProcReader): Promise<Findings> {
  const names = Object.entries(needed).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const found = await Promise.all(
    names.map(async ([name, value]) => checkSysctl(name, value, await readProc(sysctlPath(name)))),
  );
  return found.flat();
}

/** Without sight of the host's mounts it is left to the engine, which refuses to start the container. */
async function sharedMount(
  { sharedDirectory }: KubeletPreflight,
  { tree, readProc }: PreflightSources,
  signal: AbortSignal,
): Promise<Findings> {
  const mountinfo = await readProc("1/mountinfo");
  if (mountinfo === undefined) return [];
  const real = await tree.realPaths([sharedDirectory], { signal });
  return checkSharedMount(real.get(sharedDirectory)?.path ?? sharedDirectory, mountinfo);
}

async function files({ files: paths }: KubeletPreflight, tree: HostTree, signal: AbortSignal): Promise<Findings> {
  const found = await Promise.all(paths.map(async (path) => ({ path, text: await textOf(tree, path, signal) })));
  return found.flatMap(({ path, text }) => {
    const isId = path === "/etc/machine-id";
    if (text !== undefined && (isId ? isMachineId(text) : text.trim() !== "")) return [];
    const what = { check: "file", found: `${path} ${text === undefined ? "missing" : "without content"}` };
    if (!isId) return [{ ...what, needed: "a file with content", command: `make ${path}` }];
    const mend = mendArgument({ what: "machine-id" });
    return [{ ...what, needed: "an id that no other host has", command: "systemd-machine-id-setup", mend }];
  });
}

/** A pod's loopback is its own: CoreDNS would ask itself. A host without name servers has none to give, which is its choice. */
async function resolver({ resolvConf }: KubeletPreflight, tree: HostTree, signal: AbortSignal): Promise<Findings> {
  const text = resolvConf === undefined ? undefined : await textOf(tree, resolvConf, signal);
  if (text === undefined || !isLoopbackOnly(text)) return [];
  const servers = nameServers(text).join(", ");
  return [
    {
      check: "name servers",
      found: `${resolvConf} with only ${servers}, which pods do not reach`,
      needed: "a name server that pods reach",
      command:
        "write a file with the servers that it asks, and name it in the pool's config.resolvConf; or set addons.coredns.forward",
    },
  ];
}

const tables = ["tcp", "tcp6", "udp", "udp6"] as const;

async function ports({ ports: claims }: KubeletPreflight, readProc: ProcReader): Promise<Findings> {
  if (claims.length === 0) return [];
  const read = tables.map(async (name): Promise<SocketTable> => ({
    protocol: name.startsWith("tcp") ? "tcp" : "udp",
    text: (await readProc(`1/net/${name}`)) ?? "",
  }));
  return checkPorts(claims, await Promise.all(read));
}

async function textOf(tree: HostTree, path: string, signal?: AbortSignal): Promise<string | undefined> {
  const content = await tree.readFile(path, { signal });
  return content === undefined ? undefined : Buffer.from(content).toString("utf8");
}
