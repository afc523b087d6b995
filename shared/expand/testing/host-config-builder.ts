// Valid host configs for tests: the smallest that passes the schema, with the parts that a test is about.
import { HostConfig } from "#shared/schema/host-config.ts";

/** A host config as people write it, before defaults. */
export type HostConfigInput = (typeof HostConfig)["_zod"]["input"];

/** A parsed host config of host `h1` in cluster `demo`, without components unless given. */
export function hostConfig(overrides: Partial<HostConfigInput> = {}): HostConfig {
  return HostConfig.parse({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    ...overrides,
  });
}
