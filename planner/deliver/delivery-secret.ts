// The Secret that brings one host its sealed config. Pure.
import { deliveryKey, deliveryNamespace, generationAnnotation } from "#shared/sealed/delivery-secret.ts";

export type SealedFile = { readonly host: string; readonly generation: number; readonly bytes: Uint8Array };

/** As it is applied; a Secret, so that a cluster that encrypts these does so here too. */
export function deliverySecret({ host, generation, bytes }: SealedFile): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: host,
      namespace: deliveryNamespace,
      annotations: { [generationAnnotation]: String(generation) },
    },
    type: "Opaque",
    data: { [deliveryKey]: Buffer.from(bytes).toString("base64") },
  };
}

/** Where it is applied, by the field manager of this name. */
export function secretRequest(host: string): string {
  const path = `/api/v1/namespaces/${deliveryNamespace}/secrets/${encodeURIComponent(host)}`;
  return `${path}?fieldManager=flexkube-planner&force=true`;
}
