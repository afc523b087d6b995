// Hosts and host groups of a cluster config.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import { suggestionsFrom } from "#shared/nearest.ts";
import { addressKind } from "#shared/schema/types/address-kind.ts";
import { allHosts } from "#planner/cluster/layers/select-hosts.ts";

/** No hosts, an address or a recipient twice, reserved names, groups of unknown hosts. */
export function checkHosts({ hosts, hostGroups }: ClusterConfig): readonly Finding[] {
  const names = Object.keys(hosts);
  const known = { set: new Set(names), hint: suggestionsFrom(names) };
  return [
    ...(names.length === 0
      ? [{ path: ["hosts"], at: "key", problem: "there are no hosts", hint: "name at least one" } as const]
      : []),
    ...checkAddresses(hosts),
    ...checkLoopback(hosts),
    ...checkRecipients(hosts),
    ...[
      ...names.map((name) => ["hosts", name] as const),
      ...Object.keys(hostGroups).map((name) => ["hostGroups", name] as const),
    ]
      .filter(([, name]) => name === allHosts)
      .map(
        ([section]) => ({ path: [section, allHosts], at: "key", problem: "all is the word for every host" }) as const,
      ),
    ...Object.entries(hostGroups).flatMap(([group, members]) => checkGroup(group, members, known)),
  ];
}

function checkAddresses(hosts: ClusterConfig["hosts"]): readonly Finding[] {
  const taken = new Map<string, string>();
  return Object.entries(hosts).flatMap(([name, { address }]) => {
    const key = address.includes(":") ? new URL(`http://[${address}]`).hostname : address;
    const other = taken.get(key);
    taken.set(key, other ?? name);
    return other === undefined
      ? []
      : [{ path: ["hosts", name, "address"], problem: `${address} is the address of ${other} already` }];
  });
}

/** A key that never leaves its host is that of one. */
function checkRecipients(hosts: ClusterConfig["hosts"]): readonly Finding[] {
  const taken = new Map<string, string>();
  return Object.entries(hosts).flatMap(([name, { recipient }]) => {
    if (recipient === undefined) return [];
    const other = taken.get(recipient);
    taken.set(recipient, other ?? name);
    return other === undefined
      ? []
      : [
          {
            path: ["hosts", name, "recipient"],
            problem: `it is the recipient of ${other} already`,
            hint: `put what flexkube-agent identity prints on ${name} here`,
          },
        ];
  });
}

/** Alone a host may be its own world; several reach each other. */
function checkLoopback(hosts: ClusterConfig["hosts"]): readonly Finding[] {
  if (Object.keys(hosts).length < 2) return [];
  return Object.entries(hosts)
    .filter(([, { address }]) => addressKind(address) === "loopback")
    .map(([name, { address }]) => ({
      path: ["hosts", name, "address"],
      problem: `${address} is each host itself, so the others cannot reach ${name} by it`,
      hint: "use an address by which other hosts reach it",
    }));
}

/** Addresses that no network of the world has; told once, for they come from one example. */
export function warnOfHosts({ hosts }: ClusterConfig): readonly Finding[] {
  const named = Object.entries(hosts).filter(([, { address }]) => addressKind(address) === "documentation");
  const [first] = named;
  if (first === undefined) return [];
  const [name, { address }] = first;
  const others = named.length === 1 ? "" : `, as are those of ${named.length - 1} more hosts`;
  return [
    {
      path: ["hosts", name, "address"],
      problem: `${address} is an address for examples in documentation${others}`,
      hint: "put the host's own address here",
    },
  ];
}

type Known = { readonly set: ReadonlySet<string>; readonly hint: (word: string) => string | undefined };

function checkGroup(group: string, members: readonly string[], { set: known, hint }: Known): readonly Finding[] {
  const findings: Finding[] = members.flatMap((host, index) =>
    known.has(host) ? [] : [{ path: ["hostGroups", group, index], problem: `unknown host ${host}`, hint: hint(host) }],
  );
  if (known.has(group))
    findings.push({ path: ["hostGroups", group], at: "key", problem: `a host is named ${group} too` });
  if (members.length === 0)
    findings.push({ path: ["hostGroups", group], at: "key", problem: "the group has no hosts" });
  return findings;
}
