// Ports of a host that more than one thing would listen on.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { formatPath } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { kubernetesListeners } from "./kubernetes-ports.ts";

type Claim = { readonly path: Path; readonly protocol: string; readonly address: string; readonly port: number };

/** Each port that two listeners on one address want, named at the later of the two. */
export function checkPorts(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const byPort = new Map<string, Claim[]>();
  for (const claim of claimsOf(config)) {
    const key = `${claim.protocol}/${claim.port}`;
    const others = byPort.get(key) ?? [];
    const other = others.find(
      (each) => overlap(each.address, claim.address) && formatPath(each.path) !== formatPath(claim.path),
    );
    if (other !== undefined)
      findings.push({
        path: claim.path,
        problem: `${claim.protocol} port ${claim.port} is taken by ${formatPath(other.path)}`,
        hint: "give one of the two another port",
      });
    byPort.set(key, [...others, claim]);
  }
  return findings;
}

function claimsOf(config: HostConfig): readonly Claim[] {
  const { etcd, agent } = config;
  const claims: Claim[] = [];
  if (etcd !== undefined) {
    for (const address of [etcd.address, "127.0.0.1"])
      claims.push(tcp(["etcd", "clientPort"], address, etcd.clientPort));
    claims.push(
      tcp(["etcd", "peerPort"], etcd.address, etcd.peerPort),
      tcp(["etcd", "metricsPort"], etcd.metricsAddress, etcd.metricsPort),
    );
  }
  for (const [pool, { bind, ops }] of Object.entries(config.apiLoadBalancers))
    claims.push(
      tcp(["apiLoadBalancers", pool, "bind", "port"], bind.address, bind.port),
      tcp(["apiLoadBalancers", pool, "ops", "port"], ops.address, ops.port),
    );
  for (const { path, address, port } of kubernetesListeners(config)) claims.push(tcp(path, address, port));
  for (const [name, container] of Object.entries(config.containers))
    for (const [index, { address, hostPort, protocol }] of container.ports.entries())
      claims.push({ path: ["containers", name, "ports", index, "hostPort"], protocol, address, port: hostPort });
  if (agent.listen !== undefined)
    claims.push(tcp(["agent", "listen", "port"], agent.listen.address, agent.listen.port));
  return claims;
}

function tcp(path: Path, address: string, port: number): Claim {
  return { path, protocol: "tcp", address, port };
}

function overlap(a: string, b: string): boolean {
  const [first, second] = [normal(a), normal(b)];
  return first === second || [first, second].some((address) => address === "::" || address === "0.0.0.0");
}

/** One spelling for each IPv6 address. */
function normal(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
