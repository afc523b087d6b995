// Ports of a host that more than one thing would listen on.
import type { Finding } from "#shared/document/finding.ts";
import { formatPath } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { listeners } from "#shared/components/component-table.ts";
import { tcp } from "#shared/components/component.ts";
import type { Listener } from "#shared/components/component.ts";

/** Each port that two listeners on one address want, named at the later of the two. */
export function checkPorts(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const byPort = new Map<string, Listener[]>();
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

function claimsOf(config: HostConfig): readonly Listener[] {
  const { listen } = config.agent;
  return [...listeners(config), ...(listen === undefined ? [] : [tcp(["agent", "listen", "port"], listen)])];
}

function overlap(a: string, b: string): boolean {
  const [first, second] = [normal(a), normal(b)];
  return first === second || [first, second].some((address) => address === "::" || address === "0.0.0.0");
}

/** One spelling for each IPv6 address. */
function normal(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
