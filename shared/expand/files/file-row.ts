// One row of the file table: how a file reaches its program, and by which source the program takes up a change.
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
