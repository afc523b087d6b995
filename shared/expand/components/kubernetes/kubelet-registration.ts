// What a kubelet is told of its node's labels and taints: once, when its container is made, and in no hash.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";
import { type ComponentFiles, liveFilesAt } from "./component-files.ts";
import { documentText } from "./document.ts";

type Registration = Pick<DesiredContainer, "startArgs"> & { readonly files: readonly FileDraft[] };

/**
 * Labels are a flag. Taints are a drop-in of KubeletConfiguration: their flag is deprecated, and config.json is in the hash.
 * The drop-in lies among the live files, of which a kubelet takes only `*.conf` (mergeKubeletConfigurations of
 * cmd/kubelet/app/server.go, without a feature gate since 1.30). What the config says in `args` stands, and with a
 * `config-dir` of its own the flag is what is left for taints.
 */
export function kubeletRegistration({ registration, args }: Kubelet, make: ComponentFiles): Registration {
  if (registration === undefined) return { files: [] };
  const labels = sortedEntries(registration.labels).map(([key, value]) => `${key}=${value}`);
  const labelled = labels.length > 0 && args["node-labels"] === undefined ? [`--node-labels=${labels.join(",")}`] : [];
  const tainted = registration.taints.length > 0 && args["register-with-taints"] === undefined;
  if (!tainted) return { startArgs: labelled, files: [] };
  if (args["config-dir"] !== undefined) return { startArgs: [...labelled, taintsFlag(registration)], files: [] };
  const dropIn = documentText({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    registerWithTaints: registration.taints.map(({ key, value = "", effect }) => ({ key, value, effect })),
  });
  return {
    startArgs: [...labelled, `--config-dir=${liveFilesAt}`],
    files: [make.liveText("registration.conf", dropIn)],
  };
}

function taintsFlag({ taints }: NonNullable<Kubelet["registration"]>): string {
  const texts = taints.map(({ key, value = "", effect }) => `${key}=${value}:${effect}`);
  return `--register-with-taints=${texts.toSorted().join(",")}`;
}
