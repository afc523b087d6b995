// A report as a host's agent prints it, read loosely: it may be an older or newer agent's, damaged, or anything at all. Pure.
import { at, listAt, numberAt, parsedJson, textAt, textsAt } from "#shared/json-fields.ts";
import { parseUtcText } from "#shared/utc-text.ts";

export type ReportedPart = {
  readonly component: string;
  readonly container: string;
  readonly state: string;
  readonly healthy: boolean;
  readonly reason: string;
  readonly image: string;
};

export type HostReport = {
  readonly cluster: string;
  readonly host: string;
  /** Of the host config in force; undefined before the first one. */
  readonly generation: number | undefined;
  /** Which text that config has; "" of an agent that does not tell. */
  readonly configText: string;
  readonly agentVersion: string;
  /** Milliseconds since 1970 by the host's clock. */
  readonly writtenAt: number;
  /** Of which boot of the host it is, and how long after it. */
  readonly boot: { readonly id: string; readonly uptimeMs: number } | undefined;
  /** As agents call them; one of a newer agent may be another word. */
  readonly result: string;
  /** Why what it says may no longer hold; "" while it does. */
  readonly stale: string;
  /** RFC 3339, "" unless the host was reset. */
  readonly stoppedSince: string;
  /** What a tick that has not ended is doing. */
  readonly underway: string;
  /** Why the given host config is not in force; "" when it is. */
  readonly refused: string;
  readonly error: string;
  readonly blocked: readonly { readonly container: string; readonly code: string; readonly reason: string }[];
  readonly parts: readonly ReportedPart[];
  /** When the first certificate of the host config ends. */
  readonly certificatesEnd: number | undefined;
  /** When the first of them is due to be made anew. */
  readonly renewalDue: number | undefined;
  /** Undefined for a host without a kubelet. */
  readonly node: { readonly ready: string; readonly kubeletVersion: string } | undefined;
  /** Names of etcd's members that have no vote yet, as this host sees them. */
  readonly learners: readonly string[];
  /** Fingerprints of the CAs that the config in force trusts. */
  readonly trust: readonly string[];
  /** What other hosts, and this one, have said in etcd, as it stood there. */
  readonly acknowledgements: ReadonlyMap<string, string>;
  readonly proof: string;
  /** All that was said, for its proof. */
  readonly said: object;
};

/** More than a report of the largest host has. */
export const maxReportBytes = 4 * 1024 * 1024;
/** Reports have six. */
const maxDepth = 32;
const maxTextLength = 300;
const maxItems = 2000;

/** The report in a file, or why there is none. Never throws. */
export function reportIn(text: string): HostReport | { readonly problem: string } {
  const said = parsedJson(text);
  if (said === null) return { problem: "its agent had no report yet" };
  if (typeof said !== "object") return { problem: "is no report: it is not what flexkube-agent status --json prints" };
  if (isDeeper(said, maxDepth)) return { problem: "is no report: it is nested too deeply" };
  if (numberAt(said, "version") !== 1) return { problem: "is no report that this planner knows: its version is not 1" };
  const host = short(said, "host");
  const writtenAt = timeAt(said, "writtenAt");
  if (writtenAt === undefined) return { problem: "is no report: it does not say when it was written" };
  if (host === "" || short(said, "cluster") === "")
    return { problem: "says of no host: its agent has no host config in force" };
  return { ...headOf(said), host, writtenAt, ...bodyOf(said), said };
}

function headOf(said: object) {
  const [id, uptimeMs] = [short(said, "boot", "id"), numberAt(said, "boot", "uptimeMs")];
  return {
    cluster: short(said, "cluster"),
    generation: numberAt(said, "generation"),
    configText: short(said, "configText"),
    agentVersion: short(said, "agentVersion"),
    boot: id === "" || uptimeMs === undefined ? undefined : { id, uptimeMs },
    proof: short(said, "proof"),
  };
}

function bodyOf(said: object) {
  const [problem] = listAt(said, "problems");
  const ready = short(said, "node", "ready");
  const code = short(said, "error", "code");
  return {
    result: short(said, "result"),
    stale: short(said, "stale"),
    stoppedSince: at(said, "stoppedSince") === "" ? "?" : short(said, "stoppedSince"),
    underway: short(said, "underway", "step"),
    refused: short(problem, "problem"),
    error: code === "" ? "" : `${short(said, "error", "message")} (${code})`,
    blocked: items(said, "blocked").map((item) => ({
      container: short(item, "container"),
      code: short(item, "code"),
      reason: short(item, "reason"),
    })),
    parts: items(said, "components").map(partOf),
    certificatesEnd: timeAt(said, "certificatesEnd"),
    renewalDue: timeAt(said, "renewalDue"),
    node: ready === "" ? undefined : { ready, kubeletVersion: short(said, "node", "kubeletVersion") },
    learners: items(said, "etcdMembers", "members")
      .filter((item) => textAt(item, "role") === "learner")
      .map((item) => short(item, "name")),
    acknowledgements: new Map(Object.entries(textsAt(said, "acknowledgements")).slice(0, maxItems)),
    trust: items(said, "trust").filter((item) => typeof item === "string"),
  };
}

function partOf(item: unknown): ReportedPart {
  return {
    component: short(item, "component"),
    container: short(item, "container"),
    state: short(item, "state"),
    healthy: at(item, "healthy") === true,
    reason: short(item, "reason"),
    image: short(item, "image"),
  };
}

function short(value: unknown, ...keys: readonly string[]): string {
  return textAt(value, ...keys).slice(0, maxTextLength);
}

function items(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  return listAt(value, ...keys).slice(0, maxItems);
}

/** Agents write with and without parts of a second. */
function timeAt(value: unknown, key: string): number | undefined {
  return parseUtcText(short(value, key).replace(/\.[0-9]{1,9}Z$/, "Z"));
}

/** Looked at level by level: what is nested a million times deep must not end the program. */
function isDeeper(value: object, levels: number): boolean {
  let level: readonly object[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((item) =>
      Object.values(item).filter((inner): inner is object => typeof inner === "object" && inner !== null),
    );
  }
  return false;
}
