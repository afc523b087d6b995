// The load balancers of this host that a component reaches the API through.
import { loadBalancerContainerName } from "#shared/components/api-load-balancers.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";

const defaultPort = "443";
const loopbacks = ["localhost", "127.0.0.1", "::1"];
const anyAddresses = ["0.0.0.0", "::"];

/** Names of this host's load balancers that listen where `server` points. */
export function apiLoadBalancersOf(
  server: string,
  { apiLoadBalancers }: Pick<HostConfig, "apiLoadBalancers">,
): readonly string[] {
  const url = new URL(server);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" ? defaultPort : url.port);
  return sortedEntries(apiLoadBalancers)
    .filter(([, { bind }]) => bind.port === port && isReachedAt(bind.address, host))
    .map(([pool]) => loadBalancerContainerName(pool));
}

function isReachedAt(bind: string, host: string): boolean {
  return bind === host || (loopbacks.includes(host) && [...loopbacks, ...anyAddresses].includes(bind));
}
