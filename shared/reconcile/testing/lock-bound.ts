// Containers made lock-bound, for what no host config of a test says.
import type { DesiredState, DisruptionRule } from "#shared/state/desired.ts";
import { Secret } from "#shared/secret.ts";

const rule: DisruptionRule = {
  ttlMs: 30_000,
  store: {
    kind: "etcd",
    prefix: "/flexkube/demo/disruption/",
    endpoints: ["https://10.0.0.2:2379"],
    tls: { ca: "", certificate: "", key: new Secret("") },
  },
};

/** The named containers, or all, have peers on h2 and h3 and their image as their rollout; the lock's lease lasts 30 s. */
export function lockBound(desired: DesiredState, names?: readonly string[]): DesiredState {
  const peers = ["h2", "h3"].map((name) => ({ name, url: `https://${name}:6443/readyz` }));
  return {
    ...desired,
    containers: desired.containers.map((container) =>
      names?.includes(container.name) === false
        ? container
        : { ...container, disruption: { rollout: container.spec.image, peers } },
    ),
    disruption: rule,
  };
}
