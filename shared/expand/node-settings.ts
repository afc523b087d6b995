// What the host config's section `node` asks for at the Node object.
import type { DesiredNode } from "#shared/state/desired.ts";
import type { NodeSettings } from "#shared/schema/kubernetes/node-settings.ts";
import { resolveApi } from "./resolve-api.ts";
import type { SecretStore } from "./secret-store.ts";
import { sortedBy } from "./sorted-by.ts";
import { sortedRecord } from "./sorted-record.ts";

export function expandNodeSettings(node: NodeSettings, secrets: SecretStore): DesiredNode {
  return {
    name: node.name,
    api: resolveApi(node.api, secrets),
    labels: sortedRecord(node.labels),
    annotations: sortedRecord(node.annotations),
    taints: sortedBy(node.taints, ({ key, effect }) => `${key}:${effect}`),
  };
}
