// What became of what was delivered last, as the operator reads it at the Node. Pure.
import type { Report } from "#agent/report/report.ts";
import type { Acknowledgement } from "#shared/acknowledgement/acknowledgement.ts";

type OfReport =
  | "generation"
  | "result"
  | "blocked"
  | "sources"
  | "error"
  | "agentVersion"
  | "components"
  | "node"
  | "certificatesEnd"
  | "renewalDue";

export type AcknowledgedBy = Pick<Report, OfReport> & {
  /** As the place is called in the report. */
  readonly place: string;
  /** The generation that the place says it has. */
  readonly claimed: number | undefined;
};

/** Undefined while nothing is decided: what was told before stays. */
export function acknowledgementOf(by: AcknowledgedBy): Acknowledgement | undefined {
  const { generation, result, blocked, sources = [], error, place, claimed } = by;
  const offered = sources.find(({ name }) => name === place);
  if (offered?.state === "refused" && claimed !== undefined && claimed > (generation ?? 0))
    return { generation: claimed, outcome: { refused: offered.code ?? "CONFIG_INVALID" } };
  if (generation === undefined) return undefined;
  if (blocked.some(({ code }) => code === "rejected")) return { generation, outcome: "rolled-back", ...detailsOf(by) };
  const isDone = (result === "settled" || result === "changed") && blocked.length === 0 && error === undefined;
  return isDone ? { generation, outcome: "applied", ...detailsOf(by) } : undefined;
}

/** What runs here; nothing of it changes from tick to tick. */
function detailsOf({
  agentVersion,
  components,
  node,
  certificatesEnd,
  renewalDue,
}: AcknowledgedBy): Partial<Acknowledgement> {
  const tagOf = (component: string): string | undefined => {
    const image = components.find((each) => each.component === component)?.image ?? "";
    return /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1];
  };
  return {
    agent: agentVersion,
    etcd: tagOf("etcd"),
    kubernetes: tagOf("kube-apiserver") ?? node?.kubeletVersion,
    ends: certificatesEnd,
    due: renewalDue,
  };
}
