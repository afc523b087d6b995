// What is told of a host in a row, whether a report was carried or its Node tells. Pure.
import { parseUtcText } from "#shared/utc-text.ts";
import type { HostReport, ReportedPart } from "./host-report.ts";
import type { NodeWord } from "./node-word.ts";

export type HostWords = {
  readonly generation: number | undefined;
  readonly result: string;
  /** `ok`, NO for what runs and does not work, else Docker's state; a version at a Node; "-" where there is none. */
  readonly etcd: string;
  readonly controlPlane: string;
  readonly kubelet: string;
  readonly certificatesEnd: number | undefined;
  readonly agentVersion: string;
  /** Undefined where no time is told. */
  readonly writtenAt: number | undefined;
  /** Tags of the images that run; "" where there is none, or nobody tells. */
  readonly versions: { readonly etcd: string; readonly kubernetes: string };
};

const controlPlane: ReadonlySet<string> = new Set(["kube-apiserver", "kube-controller-manager", "kube-scheduler"]);

export function wordsOfReport(report: HostReport): HostWords {
  const { generation, certificatesEnd, agentVersion, writtenAt, parts, node } = report;
  return {
    generation,
    result: resultWord(report),
    etcd: etcdWord(report),
    controlPlane: controlWord(report),
    kubelet: kubeletWord(report),
    certificatesEnd,
    agentVersion,
    writtenAt,
    versions: {
      etcd: tagIn(parts, "etcd"),
      kubernetes: tagIn(parts, "kube-apiserver") || (node?.kubeletVersion ?? ""),
    },
  };
}

/** A Node says no more than what became of the host config and which versions came of it. */
export function wordsOfNode({ said, ready }: NodeWord): HostWords {
  const outcome = said?.outcome ?? "-";
  return {
    // a refusal is of another host config than the one in force
    generation: typeof outcome === "string" ? said?.generation : undefined,
    result: typeof outcome === "string" ? outcome : "refused",
    etcd: said?.etcd ?? "-",
    controlPlane: "-",
    kubelet: ready === "True" ? "Ready" : "NotReady",
    certificatesEnd: parseUtcText(said?.ends ?? ""),
    agentVersion: said?.agent ?? "-",
    writtenAt: undefined,
    versions: { etcd: said?.etcd ?? "", kubernetes: said?.kubernetes ?? "" },
  };
}

function resultWord({ result, stale, stoppedSince, blocked }: HostReport): string {
  if (stoppedSince !== "") return "reset";
  if (stale !== "") return "silent";
  if (result === "config-invalid") return "refused";
  return blocked.length > 0 ? "blocked" : result;
}

function wordOf(parts: readonly ReportedPart[]): string {
  if (parts.length === 0) return "-";
  const ill = parts.find(({ healthy }) => !healthy);
  if (ill === undefined) return "ok";
  return ill.state === "running" ? "NO" : ill.state;
}

function etcdWord({ parts, learners, host }: HostReport): string {
  const word = wordOf(parts.filter(({ component }) => component === "etcd"));
  return word === "ok" && isMemberIn(learners, host) ? "learner" : word;
}

/** Whether a host's member is among these names. */
export function isMemberIn(names: readonly string[], host: string): boolean {
  // a member that began anew is called h1.2
  return names.some((name) => name === host || name.startsWith(`${host}.`));
}

function controlWord({ parts }: HostReport): string {
  const own = parts.filter(({ component }) => controlPlane.has(component));
  const well = own.filter(({ healthy }) => healthy).length;
  return own.length === 0 || well === own.length ? wordOf(own) : `${well}/${own.length}`;
}

function kubeletWord({ parts, node }: HostReport): string {
  const word = wordOf(parts.filter(({ component }) => component === "kubelet"));
  if (word !== "ok" || node === undefined) return word;
  if (node.ready === "True") return "Ready";
  return node.ready === "unreachable" ? "?" : node.ready === "missing" ? "no node" : "NotReady";
}

function tagIn(parts: readonly ReportedPart[], component: string): string {
  const image = parts.find((each) => each.component === component)?.image ?? "";
  return /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? "";
}
