// Asks the host's packet filter by a short-lived container of the agent's own image: on the host's network, with the host's `/` read-only
// for the host's own nft, and with the two rights that reading rules takes.
import { parsedJson } from "#shared/json-fields.ts";
import { runHelper, withHelper } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import { hostMount } from "#agent/files/config-container.ts";
import type { Engine } from "#agent/engine/engine.ts";
import { firewallFindings } from "#shared/firewall/findings.ts";
import type { DroppedPort } from "#shared/firewall/findings.ts";
import type { ReachedPort } from "#shared/components/component.ts";
import { at, textAt } from "#shared/firewall/json.ts";
import type { Manager } from "#shared/firewall/judge.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { portArgument } from "./port-argument.ts";

export type FirewallSources = {
  readonly engine: Engine;
  readonly selfImage: () => Promise<string>;
  /** Fresh short name part. */
  readonly nonce: () => string;
};
export type FirewallQuestion = {
  readonly cluster: string;
  readonly host: string;
  readonly ports: readonly ReachedPort[];
};

/** More than any host has lines to tell. */
const mostLines = 200;
const deadlineMs = 30_000;

/** What certainly keeps other hosts from these ports. Throws ENGINE_*. */
export async function lookAtFirewall(
  { engine, selfImage, nonce }: FirewallSources,
  { cluster, host, ports }: FirewallQuestion,
): Promise<readonly PreflightFinding[]> {
  const byArgument = new Map(ports.map((port) => [portArgument(port), port]));
  const asked = {
    name: `flexkube-firewall-${nonce()}`,
    spec: firewallSpec(await selfImage(), [...byArgument.keys()]),
    labels: helperLabels({ cluster, host, purpose: "firewall" }),
    resources: helperResources,
  };
  return withHelper(engine, asked, async (id) => {
    if ((await runHelper(engine, id, { deadlineMs })) !== undefined) return [];
    return firewallFindings(droppedIn(await engine.logs(id, mostLines, { deadlineMs }), byArgument));
  });
}

/** CAP_NET_ADMIN lists rules, CAP_NET_RAW opens the socket by which the older iptables does. */
function firewallSpec(image: string, ports: readonly string[]): ContainerSpec {
  return bareSpec({
    image,
    entrypoint: ["/flexkube-agent"],
    args: ["firewall", ...ports],
    user: "0:0",
    networkMode: "host",
    capAdd: ["NET_ADMIN", "NET_RAW"],
    securityOptions: ["no-new-privileges", "label=disable"],
    mounts: [{ source: "/", target: hostMount, readOnly: true, propagation: "rslave" }],
    usernsMode: "host",
  });
}

const managers: readonly Manager[] = ["nft", "iptables", "firewalld", "ufw"];

function droppedIn(output: string, ports: ReadonlyMap<string, ReachedPort>): readonly DroppedPort[] {
  return output.split("\n").flatMap((line) => {
    // a line that is none is a warning of Node's, or of the host's program
    const told = parsedJson(line);
    const port = ports.get(textAt(told, "port") ?? "");
    const manager = managers.find((known) => known === at(told, "manager"));
    const [table, chain] = [textAt(told, "table"), textAt(told, "chain")];
    if (port === undefined || manager === undefined || table === undefined || chain === undefined) return [];
    return [{ ...port, table, chain, manager }];
  });
}
