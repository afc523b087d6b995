// Asks the cluster what the agents say at their Nodes.
import { FlexkubeError } from "#shared/errors.ts";
import { parsedJson, textAt } from "#shared/json-fields.ts";
import type { ProgramEffects } from "#planner/effects.ts";
import { nodesIn } from "#planner/fleet/node-word.ts";
import type { NodeWord } from "#planner/fleet/node-word.ts";
import type { ApiAccess } from "#planner/io/https-api.ts";

/** A Node may have 30 kB, with the images that it has; an answer 4 MiB. */
const pageSize = 100;

/** Of all Nodes. Throws KUBERNETES_UNREACHABLE and KUBERNETES_REFUSED. */
export async function nodeWords(
  access: ApiAccess,
  { askApi }: Pick<ProgramEffects, "askApi">,
): Promise<readonly NodeWord[]> {
  const words: NodeWord[] = [];
  let next = "";
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(next === "" ? {} : { continue: next }) });
    const { status, body } = await askApi(access, { method: "GET", path: `/api/v1/nodes?${query.toString()}` });
    if (status !== 200) throw refused(status, body);
    const page = nodesIn(body);
    words.push(...page.nodes);
    next = page.next;
  } while (next !== "");
  return words;
}

function refused(status: number, body: string): FlexkubeError {
  // a load balancer answers with a page
  const reason = textAt(parsedJson(body), "message").slice(0, 1000) || `HTTP status ${status}`;
  const call = "list Nodes";
  return new FlexkubeError("KUBERNETES_REFUSED", "the Kubernetes API refuses the request", { call, status, reason });
}
