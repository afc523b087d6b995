// Plain containers made lock-bound, for tests of an agent on a host in memory.
import type { DesiredState } from "#shared/reconcile/desired.ts";
import { Secret } from "#shared/secret.ts";

/** Each container has peers on h2 and h3 and its image as its rollout; the lock's lease lasts 30 s. */
export function lockBound(desired: DesiredState): DesiredState {
  const peers = ["h2", "h3"].map((name) => ({ name, url: `https://${name}:6443/readyz` }));
  return {
    ...desired,
    containers: desired.containers.map((container) => ({
      ...container,
      disruption: { rollout: container.spec.image, peers },
    })),
    disruption: {
      ttlMs: 30_000,
      store: {
        kind: "etcd",
        prefix: "/flexkube/demo/disruption/",
        endpoints: ["https://10.0.0.2:2379"],
        tls: { ca: "", certificate: "", key: new Secret("") },
      },
    },
  };
}
