// What a Node of the cluster tells of its host: what the agent wrote there, and whether the kubelet is ready. Pure.
import { acknowledgementIn, deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import type { Acknowledgement } from "#shared/acknowledgement/acknowledgement.ts";
import { listAt, parsedJson, textAt } from "#shared/json-fields.ts";

/** What stands where an agent says what came of a host config, and what it says; undefined for what no agent writes. */
export type AgentWord = { readonly text: string; readonly said: Acknowledgement | undefined };

export type NodeWord = AgentWord & {
  /** Name of the Node, which is the host's. */
  readonly host: string;
  /** Status of its condition Ready; "" when there is none. */
  readonly ready: string;
};

/** The Nodes of one answer of the API, and where the next ones begin; "" at the end. */
export function nodesIn(body: string): { readonly nodes: readonly NodeWord[]; readonly next: string } {
  const answer = parsedJson(body);
  return { nodes: listAt(answer, "items").map(nodeWord), next: textAt(answer, "metadata", "continue") };
}

function nodeWord(node: unknown): NodeWord {
  const text = textAt(node, "metadata", "annotations", deliveredAnnotation);
  const ready = listAt(node, "status", "conditions").find((each) => textAt(each, "type") === "Ready");
  return {
    host: textAt(node, "metadata", "name"),
    ready: textAt(ready, "status"),
    text,
    said: acknowledgementIn(text),
  };
}
