// What is told of a packet filter that keeps other hosts out, and what a person types to let them in.
import type { ReachedPort } from "#shared/components/component.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import type { Drop } from "./judge.ts";

export type DroppedPort = Drop & ReachedPort;

/** One for each chain that drops. */
export function firewallFindings(dropped: readonly DroppedPort[]): readonly PreflightFinding[] {
  const byChain = Map.groupBy(dropped, ({ manager, table, chain, address }) =>
    [manager, table, chain, toolFor(address)].join(" "),
  );
  return [...byChain.values()].flatMap((ports) => {
    const [first] = ports;
    if (first === undefined) return [];
    const names = [...new Set(ports.map(({ protocol, port, of }) => `${protocol}/${port} (${of})`))];
    return [
      {
        check: "firewall",
        found: `that ${placeOf(first)} drops ${names.join(", ")}`,
        needed: "these open to the other hosts of the cluster",
        command: commandOf(first, ports),
      },
    ];
  });
}

/** The older filter has rules for each family of addresses. */
function toolFor(address: string): string {
  return address.includes(":") ? "ip6tables" : "iptables";
}

function placeOf({ manager, table, chain, address }: DroppedPort): string {
  if (manager === "firewalld" || manager === "ufw") return manager;
  return manager === "nft"
    ? `chain ${chain} of nftables' table ${table}`
    : `chain ${chain} of ${toolFor(address)}' table ${table}`;
}

function commandOf(drop: DroppedPort, ports: readonly DroppedPort[]): string {
  const each = (make: (port: DroppedPort) => string): readonly string[] => [...new Set(ports.map(make))];
  const lists = [...Map.groupBy(ports, ({ protocol }) => protocol)].map(([protocol, of]) => ({
    protocol,
    numbers: [...new Set(of.map(({ port }) => port))],
  }));
  const { table, chain } = drop;
  switch (drop.manager) {
    case "firewalld":
      return `firewall-cmd --permanent ${each(({ protocol, port }) => `--add-port=${port}/${protocol}`).join(" ")} && firewall-cmd --reload`;
    case "ufw":
      return each(({ protocol, port }) => `ufw allow ${port}/${protocol}`).join(" && ");
    case "nft":
      return `${lists
        .map(
          ({ protocol, numbers }) =>
            `nft insert rule ${table} ${chain} ${protocol} dport '{ ${numbers.join(", ")} }' accept`,
        )
        .join(" && ")}, and the same in the file that holds it over a boot, such as /etc/nftables.conf`;
    case "iptables":
      return `${lists
        .map(
          ({ protocol, numbers }) =>
            `${toolFor(drop.address)} -t ${table} -I ${chain} -p ${protocol} -m multiport --dports ${numbers.join(",")} -j ACCEPT`,
        )
        .join(" && ")}, and the same where it is held over a boot, such as by netfilter-persistent save`;
  }
}
