// kube-proxy and pod networking in the host config.
import * as z from "zod";
import {
  AbsolutePath,
  Command,
  durationBetween,
  Image,
  Name,
  PeerAddress,
  Port,
  Probe,
  Resources,
  RestartPolicy,
  StopTimeout,
} from "#shared/schema/words/words.ts";
import { LogConfig } from "#shared/schema/words/container.ts";
import { domain } from "#shared/schema/types/domain.ts";
import { notPluginDirectory } from "#shared/schema/types/host-directory.ts";
import { notBridge } from "#shared/schema/types/docker-words.ts";
import { linesOf } from "#shared/schema/types/node-table.ts";
import { ApiAccess, Arguments, Cidr, KubernetesDocument } from "./kubernetes-words.ts";

/** How much of the host's /run a container has that sets the packet filter. */
export const HostRun = z.enum(["directory", "lock-file"]).default("directory").meta({
  description:
    "What it has of the host's /run: lock-file, /run/xtables.lock alone; directory, all of it, engines' sockets included. Default directory.",
});
export type HostRun = z.infer<typeof HostRun>;

export const KubeProxy = z.strictObject({
  image: Image,
  args: Arguments.default({}),
  resources: Resources.prefault({}),
  log: LogConfig.prefault({}),
  restart: RestartPolicy.default("always"),
  api: ApiAccess,
  run: HostRun,
  config: KubernetesDocument.meta({
    description: "KubeProxyConfiguration; where the kubeconfig lies is added.",
  }),
  healthPort: Port.default(10256).meta({ description: "Where it serves /healthz on the loopback. Default 10256." }),
  privileged: z.boolean().default(false).meta({
    description:
      "All rights, for a configuration by which it sets kernel parameters: limits of conntrack, or node ports on the loopback. Default false.",
  }),
  entrypoint: Command.default(["/usr/local/bin/kube-proxy"]).meta({
    description: "Program in the image. Default /usr/local/bin/kube-proxy.",
  }),
  stopTimeout: StopTimeout.default("10s"),
  probe: Probe.prefault({ deadline: "120s" }),
});
export type KubeProxy = z.infer<typeof KubeProxy>;

const NodeLine = z.tuple([Name, PeerAddress, Cidr]);

/** All nodes as a table; what it says of the host itself is left out. */
const NodeTable = domain("table of nodes", z.string().max(4_194_304, { abort: true })).superRefine((table, context) => {
  const hosts = new Set<string>();
  for (const [index, line] of linesOf(table).entries()) {
    const parsed = NodeLine.safeParse(line.split(" "));
    const [host = ""] = line.split(" ");
    const problem = !parsed.success
      ? "is not a host, its address and the network of its pods, with one blank between"
      : hosts.has(host)
        ? `is a second one for ${host}`
        : undefined;
    hosts.add(host);
    if (problem === undefined) continue;
    // the first says enough: where one is wrong, a thousand may be
    context.addIssue({ code: "custom", message: `line ${index + 1} ${problem}` });
    return;
  }
});

export const PodNetwork = z.strictObject({
  pluginsImage: Image.meta({
    description: "Image with the CNI reference plug-ins, which a one-shot copies to the host.",
  }),
  image: Image.meta({ description: "Image of the container that keeps routes and rules: sh, ip, iptables." }),
  pluginsAt: AbsolutePath.default("/plugins").meta({
    description: "Where the plug-ins lie in their image. Default /plugins.",
  }),
  podCidr: Cidr.meta({ description: "Network of this node's pods." }),
  clusterCidr: Cidr.meta({ description: "Network of all pods." }),
  bridge: domain(
    "network interface",
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,14}$/, "at most 15 lower-case letters, digits and dashes"),
    notBridge,
  )
    .default("cni0")
    .meta({ description: "Name of the bridge. Default cni0." }),
  mtu: z
    .int()
    .min(576)
    .max(65535)
    .optional()
    .meta({ description: "MTU of the pods' interfaces. Default: the bridge plug-in's." }),
  routes: z
    .record(
      Name,
      z.strictObject({
        address: PeerAddress,
        podCidr: Cidr.meta({ description: "Network of that node's pods." }),
      }),
    )
    .default({})
    .meta({ description: "Other nodes by host: their address and the network of their pods. Default {}." }),
  nodes: NodeTable.optional().meta({
    description:
      "All nodes in one text, a line `host address network-of-its-pods` each; that of this host is left out. Beside routes, which win.",
  }),
  binDirectory: domain("directory of plug-ins", AbsolutePath, notPluginDirectory).default("/opt/cni/bin").meta({
    description: "Where the host's CRI looks for plug-ins. Default /opt/cni/bin.",
  }),
  configFile: AbsolutePath.default("/etc/cni/net.d/10-flexkube.conflist").meta({
    description: "Where the host's CRI finds the network's configuration. Default /etc/cni/net.d/10-flexkube.conflist.",
  }),
  run: HostRun,
  interval: durationBetween("1s", "1h")
    .default("5s")
    .meta({ description: "How often routes and rules are put right. Default 5s." }),
  log: LogConfig.prefault({}),
  restart: RestartPolicy.default("always"),
  stopTimeout: StopTimeout.default("5s"),
  probe: Probe.prefault({}),
});
export type PodNetwork = z.infer<typeof PodNetwork>;
