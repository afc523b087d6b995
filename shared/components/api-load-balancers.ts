// Load balancers to the API servers, by pool.
import type { Component } from "./component.ts";
import { namedAt, probeAuthorities, probeReferences, tcp } from "./component.ts";

/** Docker's name of a load balancer pool's container. */
export function loadBalancerContainerName(pool: string): string {
  return `api-load-balancer-${pool}`;
}

export const apiLoadBalancers: Component<"apiLoadBalancers", "api-load-balancer"> = {
  programs: ["api-load-balancer"],
  rank: 200,
  followsApiServers: false,
  containers: (pools) => Object.keys(pools).map((pool) => ({ name: loadBalancerContainerName(pool), path: [pool] })),
  listeners: (pools) =>
    Object.entries(pools).flatMap(([pool, { bind, ops }]) => [
      tcp([pool, "bind", "port"], bind),
      tcp([pool, "ops", "port"], ops),
    ]),
  reached: (pools) => Object.entries(pools).map(([pool, { bind }]) => tcp([pool, "bind", "port"], bind)),
  references: (pools) =>
    Object.entries(pools).flatMap(([pool, member]) => [
      ...namedAt([pool], { ca: member.ca }),
      ...probeReferences(member, [pool]),
    ]),
  certificates: (pools) => ({
    authorities: Object.values(pools).flatMap((member) => [
      ...(member.ca === undefined ? [] : [member.ca]),
      ...probeAuthorities(member),
    ]),
  }),
};
