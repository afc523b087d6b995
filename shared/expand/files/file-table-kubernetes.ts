// The rows of file-table.ts about Kubernetes. Sources are those of Kubernetes 1.36; where older ones differ it is said.
import type { FileRow } from "./file-row.ts";

type Group = {
  readonly component: FileRow["component"];
  readonly files: readonly string[];
  readonly source: string;
};

const dynamicServing =
  "k8s.io/apiserver pkg/server/dynamiccertificates/dynamic_serving_content.go: watches both files and looks once a minute";
const dynamicCa =
  "k8s.io/apiserver pkg/server/dynamiccertificates/dynamic_cafile_content.go: watches the file and looks once a minute";
const clientCertificate =
  "k8s.io/client-go transport/cert_rotation.go: certificates named by path are read again every 5 minutes and at handshakes";
const clientCa = "k8s.io/client-go transport/ca_rotation.go: re-read from 1.36 on only";
const atStart = (where: string): string => `k8s.io/kubernetes ${where}: read at start only`;

const groups: readonly (Group & { readonly kind: FileRow["kind"] })[] = [
  ...live("kube-apiserver", [
    [["apiserver.crt", "apiserver.key"], dynamicServing],
    [["client-ca.crt", "front-proxy-ca.crt"], dynamicCa],
    [
      ["front-proxy-client.crt", "front-proxy-client.key"],
      "k8s.io/kube-aggregator pkg/apiserver/apiserver.go: dynamic serving content, as for its own certificate",
    ],
    [["kubelet-client.crt", "kubelet-client.key"], clientCertificate],
    [
      ["etcd-client.crt", "etcd-client.key"],
      "etcd client/pkg/transport/listener.go: GetClientCertificate reads both files at each handshake",
    ],
  ]),
  ...sealed("kube-apiserver", [
    [["kubelet-ca.crt"], clientCa],
    [["etcd-ca.crt"], "etcd client/pkg/transport/listener.go: NewCertPool is called once, when the client is made"],
    [["service-account.pub"], atStart("pkg/kubeapiserver/options/authentication.go")],
    [["service-account.key"], atStart("pkg/controlplane/apiserver/options/options.go")],
    [
      ["authentication.json"],
      "k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go: re-read, but a changed `anonymous` is refused there",
    ],
    [["admission.json"], "k8s.io/apiserver pkg/server/options/admission.go: read at start only"],
    [["audit-policy.json"], "k8s.io/apiserver pkg/server/options/audit.go: read at start only"],
    [
      ["encryption.yaml"],
      "k8s.io/apiserver pkg/server/options/etcd.go: re-read with encryption-provider-config-automatic-reload only",
    ],
  ]),
  ...live("kube-controller-manager", [
    [["client.crt", "client.key"], clientCertificate],
    [["client-ca.crt", "front-proxy-ca.crt"], dynamicCa],
    [
      ["signing-ca.crt", "signing-ca.key"],
      "k8s.io/kubernetes pkg/controller/certificates/signer/ca_provider.go: dynamic serving content",
    ],
  ]),
  ...sealed("kube-controller-manager", [
    [["kubeconfig"], atStart("cmd/kube-controller-manager/app/options/options.go")],
    [["api-ca.crt"], clientCa],
    [["root-ca.crt"], atStart("cmd/kube-controller-manager/app/certificates.go")],
    [["service-account.key"], atStart("cmd/kube-controller-manager/app/service_accounts.go")],
  ]),
  ...live("kube-scheduler", [[["client.crt", "client.key"], clientCertificate]]),
  ...sealed("kube-scheduler", [
    [["config.json", "kubeconfig"], atStart("cmd/kube-scheduler/app/options/options.go")],
    [["api-ca.crt"], clientCa],
  ]),
  ...sealed("cni-plugins", [[["install.sh"], "it runs once"]]),
  ...live("pod-network", [
    [["routes"], "components/kubernetes/pod-network-script.ts: read at each look"],
    [["10-flexkube.conflist"], "containerd's CRI, cniNetConfSyncer: watches the directory"],
  ]),
  ...sealed("pod-network", [
    [["pod-network.sh"], "a shell reads its script as it runs: never change it under a shell"],
  ]),
  ...live("kubelet", [
    [["client.crt", "client.key"], clientCertificate],
    [
      ["serving.crt", "serving.key"],
      "k8s.io/kubernetes pkg/kubelet/certificate/kubelet.go: NewKubeletServerCertificateDynamicFileManager, since 1.31",
    ],
    [["registration.conf"], "read when the node is made; after that the agent keeps the node's taints"],
  ]),
  ...sealed("kubelet", [
    [["config.json"], atStart("cmd/kubelet/app/server.go")],
    [["bootstrap-kubeconfig"], atStart("pkg/kubelet/certificate/bootstrap/bootstrap.go")],
    [["api-ca.crt"], clientCa],
    [["client-ca.crt"], "k8s.io/kubernetes pkg/kubelet/kubelet.go: re-read in full from 1.36 on only"],
  ]),
  ...live("kube-proxy", [[["client.crt", "client.key"], clientCertificate]]),
  ...sealed("kube-proxy", [
    [
      ["config.json"],
      "k8s.io/kubernetes cmd/kube-proxy/app/options.go: it ends when the file changes, so it must not change in place",
    ],
    [["kubeconfig"], atStart("cmd/kube-proxy/app/server.go")],
    [["api-ca.crt"], clientCa],
  ]),
];

/** Files of the Kubernetes components. */
export const kubernetesFileTable: readonly FileRow[] = groups.flatMap(({ component, files, kind, source }) =>
  files.map((file) => ({ component, file, kind, change: kind === "live" ? "none" : "new container", source })),
);

type Rows = readonly (readonly [files: readonly string[], source: string])[];
type Kinds = readonly (Group & { readonly kind: FileRow["kind"] })[];

function live(component: FileRow["component"], rows: Rows): Kinds {
  return rows.map(([files, source]) => ({ component, files, source, kind: "live" }));
}

function sealed(component: FileRow["component"], rows: Rows): Kinds {
  return rows.map(([files, source]) => ({ component, files, source, kind: "sealed" }));
}
