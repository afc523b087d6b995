// Finds out what only the host knows. A fact that a container of ours rests on comes from its label, so that a passing
// outage of a runtime changes nothing.
import type { Engine, EngineInfo } from "#agent/engine/engine.ts";
import { factsOf, labelKeys } from "#agent/engine/labels.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import { agentsContainers } from "#agent/self/whose-container.ts";
import type { Labelled } from "#agent/self/whose-container.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { uplinkResolvConf, asksResolver } from "#shared/expand/components/kubernetes/kubelet-runtime.ts";
import { isLoopbackOnly, nameServers } from "#shared/resolv-conf.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import type { CriAnswer } from "./probe-cri.ts";

export type FactSources = {
  readonly engine: Pick<Engine, "list" | "info">;
  readonly imageLabels: ImageLabels;
  /** Whether CRI v1 answers at this socket of the host. */
  readonly probeCri: (socket: string, signal: AbortSignal) => Promise<CriAnswer>;
  /** Content of a file of the host; undefined when there is none. */
  readonly readFile: (path: string, signal: AbortSignal) => Promise<string | undefined>;
};

const sockets = { containerd: "/run/containerd/containerd.sock", criDockerd: "/run/cri-dockerd.sock" } as const;

/**
 * The facts that the config's kubelet rests on; none, and no call, without a kubelet. What cannot be told now is left
 * out. Throws ENGINE_* for an engine that does not answer.
 */
export async function gatherHostFacts(
  config: HostConfig,
  { engine, imageLabels, probeCri, readFile }: FactSources,
  signal: AbortSignal,
): Promise<HostFacts> {
  const { kubelet } = config;
  if (kubelet === undefined) return {};
  const remembered = await rememberedFacts(config, { engine, imageLabels, signal });
  const needed: readonly (keyof HostFacts)[] = [
    "cgroupVersion",
    ...(kubelet.cri === "auto" ? (["cri"] as const) : []),
    ...(kubelet.cgroupDriver === "auto" ? (["cgroupDriver"] as const) : []),
    ...(asksResolver(kubelet) ? (["resolver"] as const) : []),
  ];
  const missing = needed.filter((fact) => remembered[fact] === undefined);
  if (missing.length === 0) return remembered;
  const cgroups = cgroupFacts(await engine.info({ signal }));
  const cri = missing.includes("cri") ? await findCri(kubelet, async (socket) => probeCri(socket, signal)) : undefined;
  const resolver = missing.includes("resolver") ? await findResolver((path) => readFile(path, signal)) : undefined;
  return {
    ...cgroups,
    ...(cri === undefined ? {} : { cri }),
    ...(resolver === undefined ? {} : { resolver }),
    ...remembered,
  };
}

/** systemd-resolved's list helps only where the usual one names nothing but a server on the loopback. */
async function findResolver(readFile: (path: string) => Promise<string | undefined>): Promise<HostFacts["resolver"]> {
  try {
    if (!isLoopbackOnly((await readFile("/etc/resolv.conf")) ?? "")) return "plain";
    const uplink = (await readFile(uplinkResolvConf)) ?? "";
    return nameServers(uplink).length > 0 && !isLoopbackOnly(uplink) ? "systemd-resolved" : "plain";
  } catch (error) {
    // only the kubelet rests on it, and says that it is not known
    if (isFlexkubeError(error, "FILES_UNREADABLE") || isFlexkubeError(error, "FILES_BLOCKED")) return undefined;
    throw error;
  }
}

/** What labels of our containers say; the one under its own name knows better than one that is being replaced. */
async function rememberedFacts(
  config: HostConfig,
  { engine, ...sources }: Pick<FactSources, "engine" | "imageLabels"> & { readonly signal: AbortSignal },
): Promise<HostFacts> {
  const { signal } = sources;
  const found = await engine.list({ label: labelKeys.facts, signal });
  const own = ({ summary, ownership }: Labelled): number => Number(summary.name === ownership.container);
  const ours = (await agentsContainers(found, sources))
    .filter(({ ownership }) => ownership.cluster === config.cluster && ownership.host === config.host)
    .toSorted((a, b) => own(a) - own(b));
  return Object.assign({}, ...ours.map(({ ownership }) => ownership.facts ?? {})) as HostFacts;
}

function cgroupFacts({ cgroupVersion, cgroupDriver }: EngineInfo): HostFacts {
  return factsOf({ cgroupVersion: Number(cgroupVersion), cgroupDriver });
}

/** cri-dockerd only when it is certain that containerd has no CRI: what is chosen now stays. */
async function findCri(
  { criSocket }: Kubelet,
  probe: (socket: string) => Promise<CriAnswer>,
): Promise<HostFacts["cri"]> {
  if (criSocket !== undefined)
    return (await probe(criSocket)) === "yes" ? (/dockerd/.test(criSocket) ? "cri-dockerd" : "containerd") : undefined;
  const containerd = await probe(sockets.containerd);
  if (containerd === "yes") return "containerd";
  if (containerd === "unknown") return undefined;
  return (await probe(sockets.criDockerd)) === "yes" ? "cri-dockerd" : undefined;
}
