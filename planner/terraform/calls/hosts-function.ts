// The function hosts(config): the names of a cluster config's hosts, for for_each.
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import { typeBytes } from "#planner/terraform/wire/attributes.ts";
import type { DynamicValue } from "#planner/terraform/wire/value.ts";
import { readValue, writeValue } from "#planner/terraform/wire/value.ts";
import type { CallRequest } from "./messages.ts";

export const hostsFunction = {
  parameters: [{ name: "config", type: typeBytes("string"), description: "The text of a cluster.yaml." }],
  return: { type: typeBytes("strings") },
  summary: "Names of a cluster config's hosts",
  description: "The names of the hosts in a cluster config, in their order there.",
};

type Answer =
  | { readonly result: DynamicValue }
  | { readonly error: { readonly text: string; readonly function_argument: number } };

/** Of a config with faults elsewhere the hosts are told all the same: those faults are told at the resource. */
export function callHosts({ arguments: [given] }: CallRequest): Answer {
  const text = readValue(given);
  const parsed = parseDocument(typeof text === "string" ? text : "", ClusterConfig, {
    file: "config",
    kind: "Cluster",
  });
  const config = parsed.ok ? parsed.value : parsed.remainder;
  if (config !== undefined) return { result: writeValue(Object.keys(config.hosts)) };
  const [first] = parsed.ok ? [] : parsed.problems;
  const where = first?.line === undefined ? "" : `line ${first.line}, column ${first.column ?? 1}: `;
  const path = first === undefined || first.path === "" ? "" : `${first.path}: `;
  return { error: { text: `${where}${path}${first?.problem ?? "no cluster config"}`, function_argument: 0 } };
}
