// For every file of every component: sealed or live, and by which source its program takes up a change.
// README.md shows the same table; a test compares both with what expand makes.
import { kubernetesFileTable } from "./file-table-kubernetes.ts";

type Component =
  | "etcd"
  | "api-load-balancer"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "cni-plugins"
  | "pod-network"
  | "kubelet"
  | "kube-proxy"
  | "container";

export type FileRow = {
  /** Component, without a pool's name. */
  readonly component: Component;
  readonly file: string;
  readonly kind: "sealed" | "live";
  /** What follows a change. */
  readonly change: string;
  /** Where it is written that the program behaves so. */
  readonly source: string;
};

const etcdHandshake =
  "etcd client/pkg/transport/listener.go: GetCertificate and GetClientCertificate read both files at each handshake";
const haproxyReload = "HAProxy management guide, section 4: USR2 to the master starts new workers that read all files";

export const fileTable: readonly FileRow[] = [
  {
    component: "etcd",
    file: "ca.crt",
    kind: "sealed",
    change: "new container",
    source: "etcd client/pkg/transport/listener.go: NewCertPool is called once, when the listener is made",
  },
  { component: "etcd", file: "server.crt", kind: "live", change: "none", source: etcdHandshake },
  { component: "etcd", file: "server.key", kind: "live", change: "none", source: etcdHandshake },
  { component: "etcd", file: "peer.crt", kind: "live", change: "none", source: etcdHandshake },
  { component: "etcd", file: "peer.key", kind: "live", change: "none", source: etcdHandshake },
  { component: "api-load-balancer", file: "haproxy.cfg", kind: "live", change: "signal USR2", source: haproxyReload },
  { component: "api-load-balancer", file: "ca.crt", kind: "live", change: "signal USR2", source: haproxyReload },
  ...kubernetesFileTable,
  {
    component: "container",
    file: "relative path",
    kind: "sealed",
    change: "new container",
    source: "the host config; effect none, signal or restart makes it live",
  },
  {
    component: "container",
    file: "absolute path",
    kind: "live",
    change: "none",
    source: "the host config; effect signal or restart tells the container",
  },
];
