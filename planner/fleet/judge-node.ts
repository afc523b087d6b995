// What a host's Node is worth: whether its agent has said that the wanted host config is in force, and said it itself. Pure.
import { isProvenText } from "#shared/acknowledgement/acknowledgement.ts";
import { parseUtcText } from "#shared/utc-text.ts";
import type { Finding, FindingKind } from "./finding.ts";
import type { AgentWord, NodeWord } from "./node-word.ts";
import { reportLine } from "./report-line.ts";
import { certificatesTrouble } from "./trouble-of.ts";
import type { WantedHost } from "./wanted.ts";

type Refuse = (kind: FindingKind, what: string, hint: string) => Finding;

export type JudgedNode = {
  /** Its agent has said, and nobody else, that the wanted host config is the one that it works with. */
  readonly isProven: boolean;
  /** The first thing that is not as it should be; undefined for a host that is well, as far as its Node tells. */
  readonly finding: Finding | undefined;
};

export function judgeNode(wanted: WantedHost, node: NodeWord | undefined, now: number): JudgedNode {
  const { host, isNode } = wanted;
  const refuse: Refuse = (kind, what, hint) => ({ kind, host, file: undefined, what, hint });
  const carry = `carry its report, on ${host}: ${reportLine}`;
  if (!isNode) {
    const finding = refuse("no-node", "it has no kubelet, so the cluster does not tell of it", carry);
    return { isProven: false, finding };
  }
  if (node === undefined)
    return { isProven: false, finding: refuse("node-not-ready", "its node is not registered", carry) };
  const refusal = judgeWord(wanted, node, { refuse, place: "at its node" });
  return refusal === undefined
    ? { isProven: true, finding: judgeState(node, now, refuse) }
    : { isProven: false, finding: refusal };
}

/** What keeps it from being evidence of the wanted host config. `place` is where it stands. */
export function judgeWord(
  { host, generation = 0, config }: WantedHost,
  { said, text }: AgentWord,
  { refuse, place }: { readonly refuse: Refuse; readonly place: string },
): Finding | undefined {
  const look = `on ${host}: docker exec flexkube-agent flexkube-agent status`;
  if (said === undefined) {
    const hint = `split and deliver; an agent that is older does not: carry its report`;
    return refuse("no-report", `its agent has said nothing ${place}`, hint);
  }
  const has = said.generation;
  if (typeof said.outcome !== "string")
    return refuse("config-refused", `generation ${has} was refused: ${said.outcome.refused}`, look);
  if (has > generation)
    return refuse(
      "ahead",
      `it has generation ${has}, and the last split here made ${generation}`,
      "another copy of pki/ has split since: go on with the newest one",
    );
  if (has < generation)
    return refuse("behind", `it has generation ${has} of ${generation}`, `deliver ${host}'s host config`);
  if (config === undefined)
    return refuse("unproven", "its host config is not in the directory of host configs", "flexkube-planner split");
  if (isProvenText(text, config.key)) return undefined;
  return refuse("unproven", `what stands ${place} is not of its agent, or of another host config`, look);
}

function judgeState({ host, said, ready }: NodeWord, now: number, refuse: Refuse): Finding | undefined {
  const look = `on ${host}: docker exec flexkube-agent flexkube-agent status`;
  if (said?.outcome === "rolled-back") return refuse("failed", "it did not work and was taken back", look);
  if (ready !== "True") return refuse("node-not-ready", "its node is not ready", `kubectl describe node ${host}`);
  const dates = { certificatesEnd: parseUtcText(said?.ends ?? ""), renewalDue: parseUtcText(said?.due ?? "") };
  const trouble = certificatesTrouble({ host, ...dates }, now);
  return trouble && refuse(trouble.kind, trouble.what, trouble.hint);
}
