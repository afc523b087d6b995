// Networks of pods and Services: spelling, size, overlaps, families, and room for every node.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { nameServerAddress } from "#shared/schema/types/name-server.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { Cidr } from "#shared/cidr.ts";
import { addressCount, addressIn, containsAddress, familyOf, formatCidr, overlaps, parseCidr } from "#shared/cidr.ts";

const cidrFields = ["podCidr", "serviceCidr"] as const;
/** Service addresses that are taken from the start: the API, the DNS, and some room. */
const fewestServices = 16n;
/** The bridge, the network and broadcast addresses, and some pods. */
const fewestPods = 8n;
/** The controller manager's limit for IPv6 (pkg/controller/nodeipam/ipam/cidrset). */
const longestDifference = 16;

export function checkNetwork(cluster: Cluster): readonly Finding[] {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined || (kubernetes.controlPlane.size === 0 && kubernetes.nodes.size === 0)) return [];
  const { network } = config;
  const [pods, services] = [parseCidr(network.podCidr), parseCidr(network.serviceCidr)];
  return [
    ...cidrFields.flatMap((field) => checkSpelling(["network", field], network[field])),
    ...(overlaps(pods, services)
      ? [{ path: ["network", "serviceCidr"], problem: `it overlaps podCidr ${network.podCidr}` }]
      : []),
    ...(addressCount(services) < fewestServices
      ? [{ path: ["network", "serviceCidr"], problem: `it has fewer than ${fewestServices} addresses` }]
      : []),
    ...checkHostAddresses(cluster, { podCidr: pods, serviceCidr: services }),
    ...checkNodeMask(cluster, pods),
    ...checkRoom(cluster),
    ...checkDns(cluster, services),
    ...checkForward(cluster, services),
  ];
}

function checkSpelling(path: Path, text: string): readonly Finding[] {
  const usual = formatCidr(parseCidr(text));
  return sameCidr(text, usual)
    ? []
    : [{ path, problem: `${text} has bits beyond its length`, hint: `did you mean ${usual}?` }];
}

/** Equal but for the spelling of an IPv6 address. */
function sameCidr(text: string, usual: string): boolean {
  const [address = "", length] = text.split("/");
  return (
    usual === `${familyOf(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address}/${length}`
  );
}

function checkHostAddresses(
  { config, kubernetes }: Cluster,
  networks: Readonly<Record<(typeof cidrFields)[number], Cidr>>,
): readonly Finding[] {
  const hosts = [...new Set([...(kubernetes?.controlPlane ?? []), ...(kubernetes?.nodes.keys() ?? [])])];
  return hosts.flatMap((host) => {
    const address = config.hosts[host]?.address ?? "";
    const path = ["hosts", host, "address"];
    const other = cidrFields.find((field) => networks[field].family !== familyOf(address));
    if (other !== undefined)
      return [
        { path, problem: `${address} is not of the family of network.${other}`, hint: "use addresses of one family" },
      ];
    return cidrFields
      .filter((field) => containsAddress(networks[field], address))
      .map((field) => ({ path, problem: `${address} lies in network.${field}` }));
  });
}

function checkNodeMask({ config }: Cluster, pods: Cidr): readonly Finding[] {
  const { nodeMask, plugin } = config.network;
  const path = ["network", "nodeMask"];
  const bits = pods.family === 6 ? 128 : 32;
  if (nodeMask < pods.length)
    return [{ path, problem: `a node's part cannot be larger than podCidr, whose length is ${pods.length}` }];
  if (nodeMask > bits || 1n << BigInt(bits - nodeMask) < fewestPods)
    return [{ path, problem: `a node's part would have fewer than ${fewestPods} addresses` }];
  if (plugin !== "bridge" && pods.family === 6 && nodeMask - pods.length > longestDifference)
    return [
      {
        path,
        problem: `the controller manager cuts podCidr into parts that are at most ${longestDifference} bits longer`,
      },
    ];
  return [];
}

function checkRoom({ kubernetes, config }: Cluster): readonly Finding[] {
  const hosts = kubernetes?.withoutPodCidr ?? [];
  if (hosts.length === 0 || config.network.nodeMask < parseCidr(config.network.podCidr).length) return [];
  const shown =
    hosts.length <= 3 ? hosts.join(", ") : `${hosts.slice(0, 2).join(", ")} and ${hosts.length - 2} more hosts`;
  return [
    {
      path: ["network", "podCidr"],
      problem: `it has no part left for the pods of ${shown}`,
      hint: "a new cluster takes a shorter podCidr or a longer nodeMask",
    },
  ];
}

/** Docker's own network, unless its configuration says otherwise. */
const dockerNetwork = "172.17.0.0/16";

/** Networks that are something else on most hosts. */
export function warnOfNetwork({ config, kubernetes }: Cluster): readonly Finding[] {
  if (kubernetes === undefined) return [];
  return cidrFields
    .filter((field) => overlaps(parseCidr(config.network[field]), parseCidr(dockerNetwork)))
    .map((field) => ({
      path: ["network", field],
      problem: `${config.network[field]} overlaps ${dockerNetwork}, which Docker's own bridge usually has`,
      hint: "use another network, or give Docker another one (bip in daemon.json)",
    }));
}

/** Name servers that are this cluster's own DNS, which would ask itself. */
function checkForward({ config, kubernetes }: Cluster, services: Cidr): readonly Finding[] {
  return (config.addons.coredns.forward ?? []).flatMap((text, index): readonly Finding[] => {
    const address = nameServerAddress(text);
    if (address === undefined || !containsAddress(services, address)) return [];
    const isOwn = address === kubernetes?.dnsAddress;
    return [
      {
        path: ["addons", "coredns", "forward", index],
        problem: isOwn
          ? `${text} is the DNS Service of this cluster: CoreDNS would ask itself`
          : `${text} lies in network.serviceCidr ${config.network.serviceCidr}: it would ask a Service for its own names`,
        hint: "name servers outside of the cluster",
      },
    ];
  });
}

function checkDns({ config }: Cluster, services: Cidr): readonly Finding[] {
  const { address } = config.addons.coredns;
  if (address === undefined) return [];
  const path = ["addons", "coredns", "address"];
  if (!containsAddress(services, address))
    return [{ path, problem: `${address} is not in network.serviceCidr ${config.network.serviceCidr}` }];
  const isTaken = [0n, 1n].some((index) => addressIn(services, index) === address);
  return isTaken ? [{ path, problem: `${address} is taken: the first address of serviceCidr is the API's` }] : [];
}
