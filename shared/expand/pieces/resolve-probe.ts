// A probe of the host config with the CA's text in the place of its name.
import type { DesiredProbe } from "#shared/state/desired.ts";
import type { HttpProbe, Probe } from "#shared/schema/words/words.ts";
import type { SecretStore } from "./secret-store.ts";

/** The probe to run; `otherwise` is asked when the config names neither http nor tcp. */
export function resolveProbe(probe: Probe, secrets: SecretStore, otherwise?: HttpProbe): DesiredProbe {
  const { http: own, ...rest } = probe;
  const http = own ?? (probe.tcp === undefined ? otherwise : undefined);
  if (http === undefined) return rest;
  const { ca, ...request } = http;
  return { ...rest, http: { ...request, ca: ca === undefined ? undefined : secrets.get(ca).reveal() } };
}
