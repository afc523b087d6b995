// API load balancer: HAProxy in master-worker mode, reloaded without dropping connections when its files change.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { LoadBalancer } from "#shared/schema/host-config.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { serviceSpec } from "#shared/expand/pieces/service-spec.ts";
import { claim, localAddress } from "#shared/expand/pieces/socket-address.ts";
import { haproxyConfig } from "./haproxy-config.ts";

const filesAt = "/etc/flexkube/files";
const liveFilesAt = "/etc/flexkube/live";
const runtimeDirectory = "/run/haproxy";
const lowestFreePort = 1024;

/** The desired container of one pool's load balancer on this host. */
export function expandApiLoadBalancer(pool: string, config: LoadBalancer, secrets: SecretStore): DesiredContainer {
  const name = `api-load-balancer-${pool}`;
  const draft = {
    component: name,
    name,
    rank: componentTable.apiLoadBalancers.rank,
    dependsOn: [],
    spec: serviceSpec({
      config,
      args: ["-W", "-db", "-f", `${liveFilesAt}/haproxy.cfg`],
      mounts: [],
      tmpfs: { [runtimeDirectory]: `rw,noexec,nosuid,nodev,size=1m,mode=0700,uid=${config.uid},gid=${config.gid}` },
      capAdd: capabilities(config),
      stopSignal: "TERM",
    }),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: [],
    files: files(config, secrets),
    filesAt,
    liveFilesAt,
    check: ["-c", "-f", "{files}/haproxy.cfg"],
    probe: resolveProbe(config.probe, secrets, {
      scheme: "http",
      address: localAddress(config.ops.address),
      port: config.ops.port,
      path: "/healthz",
      status: 200,
    }),
    goBack: "always",
    claims: [claim(config.bind.address, config.bind.port), claim(config.ops.address, config.ops.port)],
  } as const;
  return assemble(draft, secrets);
}

/** Both are read anew by the process that USR2 starts, see file-table.ts. */
function files(config: LoadBalancer, secrets: SecretStore): readonly FileDraft[] {
  const reloaded = { mode: 0o644, uid: 0, gid: 0, effect: "signal", signal: "USR2", takeOver: false } as const;
  const caFile = config.ca === undefined ? undefined : `${liveFilesAt}/ca.crt`;
  return [
    { ...reloaded, path: "haproxy.cfg", content: haproxyConfig({ config, runtimeDirectory, caFile }) },
    ...(config.ca === undefined ? [] : [{ ...reloaded, path: "ca.crt", content: secrets.get(config.ca) }]),
  ];
}

/**
 * Root without capabilities may not bind a low port. For another user the capability has no effect: Docker gives it to
 * root only, so low ports need `uid: 0`.
 */
function capabilities(config: LoadBalancer): readonly string[] {
  const low = [config.bind.port, config.ops.port].some((port) => port < lowestFreePort);
  return low ? ["NET_BIND_SERVICE"] : [];
}
