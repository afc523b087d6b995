// What the host config's section `node` asks for at the Node object.
import type { DesiredNode } from "#shared/state/desired.ts";
import type { NodeSettings } from "#shared/schema/kubernetes/node-settings.ts";
import { resolveApi } from "./pieces/resolve-api.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { sortedBy } from "./pieces/sorted-by.ts";
import { sortedRecord } from "./pieces/sorted-record.ts";

export function expandNodeSettings(node: NodeSettings, secrets: SecretStore): DesiredNode {
  return {
    name: node.name,
    api: resolveApi(node.api, secrets),
    labels: sortedRecord(node.labels),
    annotations: sortedRecord(node.annotations),
    taints: sortedBy(node.taints, ({ key, effect }) => `${key}:${effect}`),
  };
}
