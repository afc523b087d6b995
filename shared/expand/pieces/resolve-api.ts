// How the Kubernetes API is reached, with the certificates' texts in the place of their names.
import type { DesiredApi } from "#shared/state/desired-api.ts";
import type { ApiAccess } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { SecretStore } from "./secret-store.ts";

/** Throws INTERNAL_BUG for a secret that is not there, which validation refuses. */
export function resolveApi({ server, ca, certificate, key }: ApiAccess, secrets: SecretStore): DesiredApi {
  return {
    server,
    ca: secrets.get(ca).reveal(),
    certificate: secrets.get(certificate).reveal(),
    key: secrets.get(key),
  };
}
