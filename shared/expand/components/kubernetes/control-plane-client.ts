// What controller manager and scheduler have in common: clients of the API that serve health and metrics to their host.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubeControllerManager, KubeScheduler } from "#shared/schema/kubernetes/control-plane.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { serviceSpec } from "#shared/expand/pieces/service-spec.ts";
import { claim, localAddress } from "#shared/expand/pieces/socket-address.ts";
import { apiLoadBalancersOf } from "./api-load-balancers-of.ts";
import { argumentList } from "./argument-list.ts";
import { filesAt, liveFilesAt } from "./component-files.ts";
import { scratch } from "./control-plane-scratch.ts";

type Client = {
  readonly name: "kube-controller-manager" | "kube-scheduler";
  readonly config: KubeControllerManager | KubeScheduler;
  /** Flags besides those of the kubeconfig and of the port. */
  readonly flags: Readonly<Record<string, string>>;
  readonly files: readonly FileDraft[];
};

/**
 * The desired container. It waits for this host's API server too: the scheduler ends when it reaches no API, and Docker
 * would start it ever more rarely.
 */
export function controlPlaneClient(
  { name, config, flags, files }: Client,
  host: Pick<HostConfig, "apiLoadBalancers" | "kubeApiserver">,
  secrets: SecretStore,
): DesiredContainer {
  const { bind } = config;
  const draft = {
    component: name,
    name,
    rank: componentTable.kubeControllerManager.rank,
    dependsOn: [
      ...apiLoadBalancersOf(config.api.server, host),
      ...(host.kubeApiserver === undefined ? [] : ["kube-apiserver"]),
    ],
    spec: serviceSpec({
      config,
      args: argumentList(
        {
          "authentication-kubeconfig": `${filesAt}/kubeconfig`,
          "authorization-kubeconfig": `${filesAt}/kubeconfig`,
          "bind-address": bind.address,
          "secure-port": String(bind.port),
          ...flags,
        },
        config.args,
      ),
      mounts: [],
      tmpfs: scratch,
      capAdd: [],
      stopSignal: "TERM",
    }),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: [],
    files,
    filesAt,
    liveFilesAt,
    // no CA: the program makes its serving certificate itself
    probe: resolveProbe(config.probe, secrets, {
      scheme: "https",
      address: localAddress(bind.address),
      port: bind.port,
      path: "/healthz",
      status: 200,
    }),
    goBack: "always",
    claims: [claim(bind.address, bind.port)],
  } as const;
  return assemble(draft, secrets);
}
