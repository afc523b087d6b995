// What split and diff say of a host that left the cluster config: its file, how to clear it, and what it goes on holding.
import { rowsText } from "#shared/printable.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { HeldData } from "#planner/output/split-output.ts";
import { timeText } from "#planner/pki/certificate.ts";
import type { Held } from "#planner/split/held-by.ts";
import { heldBy } from "#planner/split/held-by.ts";
import type { GoneHost } from "#planner/split/read/gone-hosts.ts";
import { someOf } from "#shared/some-of.ts";

const page = "examples/recovery/README.md";
const shownSecrets = 8;

type Place = { readonly out: string; readonly now: number };

/** The second line is left out once nothing that the host holds is good any more. */
export function goneText({ host, config, sealedFile }: GoneHost, { out, now }: Place): string {
  const kept = sealedFile === undefined ? "is kept" : `and ${sealedFile} are kept`;
  const first = `warning: ${host} is no longer in the cluster config; ${out}/${host}.yaml ${kept}. To clear the host, run on it: flexkube-agent reset`;
  if (config === undefined)
    return rowsText([
      first,
      `  what ${host} holds cannot be told from that file. If it is not in your hands: "A host was stolen" in ${page}`,
    ]);
  const parts = heldText(heldBy(config), now);
  if (parts === "") return rowsText([first]);
  return rowsText([
    first,
    `  ${host} holds ${parts}. If it is not in your hands, ${whatToDo(host, config)} in ${page}`,
  ]);
}

/** Empty once nothing is good any more. */
export function heldText({ certificatesUntil, secrets }: Held, now: number): string {
  const certificates =
    certificatesUntil === undefined || certificatesUntil <= now
      ? []
      : [`certificates until ${timeText(certificatesUntil)}`];
  return [...certificates, ...(secrets.length === 0 ? [] : [someOf(secrets, shownSecrets)])].join(", and beyond that ");
}

/** By its role, up to the heading of the page that has the commands. */
function whatToDo(host: string, config: HostConfig): string {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, kubelet } = config;
  if ([etcd, kubeApiserver, kubeControllerManager, kubeScheduler].some((part) => part !== undefined))
    return `only a new cluster takes that back (split --new-cluster): "An etcd member or a host of the control plane was stolen"`;
  if (kubelet !== undefined)
    return `bar its names from the API, then kubectl delete node ${host}: "A worker was stolen"`;
  return `replace that: "A host without etcd and Kubernetes was stolen"`;
}

/** The same as data. */
export function heldOf(gone: readonly GoneHost[]): readonly HeldData[] {
  return gone.flatMap(({ host, config }) => {
    if (config === undefined) return [];
    const { certificatesUntil, secrets } = heldBy(config);
    return [
      { host, ...(certificatesUntil === undefined ? {} : { certificatesUntil: timeText(certificatesUntil) }), secrets },
    ];
  });
}
