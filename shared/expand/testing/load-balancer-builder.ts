// A load balancer of a host config for tests.
import type { HostConfigInput } from "./host-config-builder.ts";

type LoadBalancerInput = NonNullable<HostConfigInput["apiLoadBalancers"]>[string];

/** A load balancer on 127.0.0.1:7443 in front of two API servers, as people write it; it needs no secret. */
export function loadBalancer(overrides: Partial<LoadBalancerInput> = {}): LoadBalancerInput {
  return {
    image: "haproxy:3.2",
    bind: { address: "127.0.0.1", port: 7443 },
    ops: { port: 7080 },
    servers: { h1: { address: "10.77.0.11", port: 6443 }, h2: { address: "10.77.0.12", port: 6443 } },
    ...overrides,
  };
}
