// What is wrong with a host by its own report, the first cause first. Pure.
import { dayMs } from "#shared/duration.ts";
import { roughAgeText } from "#shared/age-text.ts";
import type { HostReport } from "./host-report.ts";
import { utcText } from "#shared/utc-text.ts";

export type Trouble = {
  readonly kind:
    | "reset"
    | "silent"
    | "config-refused"
    | "failed"
    | "under-way"
    | "blocked"
    | "unhealthy"
    | "node-not-ready"
    | "certificates";
  readonly what: string;
  readonly hint: string;
};

/** Agents warn from 60 days on; this is the second of their three times. */
const certificatesSoonMs = 30 * dayMs;
const good: ReadonlySet<string> = new Set(["settled", "changed"]);

/** Undefined for a host that is as its host config says. */
export function troubleOf(report: HostReport, now: number): Trouble | undefined {
  const { host, stale, stoppedSince, refused, error, result, node } = report;
  const look = `on ${host}: docker exec flexkube-agent flexkube-agent status`;
  if (stoppedSince !== "")
    return {
      kind: "reset",
      what: "it was reset and stays empty",
      hint: `on ${host}: docker exec flexkube-agent flexkube-agent apply`,
    };
  if (stale !== "") return { kind: "silent", what: stale, hint: `on ${host}: docker logs --tail 50 flexkube-agent` };
  if (refused !== "" || result === "config-invalid")
    return { kind: "config-refused", what: `a host config was refused: ${refused || "see there"}`, hint: look };
  if (error !== "") return { kind: "failed", what: error, hint: look };
  if (result === "working")
    return {
      kind: "under-way",
      what: `under way: ${report.underway || "its first tick"}`,
      hint: "wait, then carry its report anew",
    };
  const waits = blockedText(report);
  if (waits !== undefined) return { kind: "blocked", what: waits, hint: look };
  const ill = illText(report);
  if (ill !== undefined) return { kind: "unhealthy", what: ill, hint: look };
  if (!good.has(result)) return { kind: "failed", what: `its last tick ended as ${result || "nothing"}`, hint: look };
  if (node !== undefined && node.ready !== "True")
    return { kind: "node-not-ready", what: nodeText(node.ready), hint: `kubectl describe node ${host}` };
  return certificatesTrouble(report, now);
}

/** Who waits for whom, as the host says it; what went back waits for nobody. */
function blockedText({ blocked }: HostReport): string | undefined {
  const [first, ...more] = blocked;
  const waits = first?.code === "rejected" ? "" : " waits";
  return first && `${first.container}${waits}: ${first.reason}${andMore(more.length)}`;
}

function illText({ parts }: HostReport): string | undefined {
  const [first, ...more] = parts.filter(({ healthy }) => !healthy);
  return first && `${first.container}: ${first.reason || "not healthy"}${andMore(more.length)}`;
}

function andMore(count: number): string {
  return count === 0 ? "" : ` (and ${count} more)`;
}

function nodeText(ready: string): string {
  if (ready === "missing") return "its node is not registered";
  return ready === "unreachable" ? "the API did not tell of its node" : "its node is not ready";
}

type Dates = Pick<HostReport, "host" | "certificatesEnd" | "renewalDue">;

/** They end soon, and are due to be made anew: those of a cluster that wants them short-lived always end soon. */
export function certificatesTrouble({ host, certificatesEnd, renewalDue }: Dates, now: number): Trouble | undefined {
  const leftMs = certificatesEnd === undefined ? Infinity : certificatesEnd - now;
  if (certificatesEnd === undefined || leftMs > certificatesSoonMs || (renewalDue ?? 0) > now) return undefined;
  const when = leftMs <= 0 ? `ended at ${utcText(certificatesEnd)}` : `ends in ${roughAgeText(leftMs)}`;
  return {
    kind: "certificates",
    what: `a certificate ${when}`,
    hint: `flexkube-planner split, then deliver ${host}'s host config`,
  };
}
