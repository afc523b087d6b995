// How long the programs of the lab's images compile, told before it begins. Most of it is packages that programs of one module share.

/**
 * CPU seconds by MODULE/PROGRAM of images/lab: alone, and beside others of its module that need more. Measured once (2026-12-01) in the order
 * of images/lab/make, with empty caches of Go; what one would take alone is that, by the size of the packages that it shares.
 */
export const cpuSeconds: Readonly<Record<string, readonly [alone: number, beside: number]>> = {
  "kubernetes/kube-apiserver": [420, 10],
  "kubernetes/kube-controller-manager": [550, 60],
  "kubernetes/kube-scheduler": [325, 11],
  "kubernetes/kube-proxy": [275, 15],
  "kubernetes/kubelet": [395, 35],
  "kubernetes/kubectl": [125, 35],
  "kubernetes/kube-log-runner": [10, 1],
  "coredns/coredns": [110, 110],
  "helm/helm": [165, 165],
  "etcd-3.7/etcd": [45, 30],
  "etcd-3.7/etcdctl": [40, 7],
  "etcd-3.7/etcdutl": [40, 2],
  "pause/pause": [10, 10],
  "cni/bridge": [25, 20],
  "cni/loopback": [15, 1],
  "cni/host-local": [15, 1],
  "cni/portmap": [15, 1],
};

/** Whole minutes on as many idle processors; 0 when there is nothing to compile. */
export function compileMinutes(programs: ReadonlySet<string>, processors: number): number {
  const modules = Map.groupBy(programs, (program) => program.slice(0, program.indexOf("/")));
  const seconds = [...modules.values()].map((names) => {
    const known = names.map((name) => cpuSeconds[name] ?? [0, 0]).toSorted(([one], [other]) => other - one);
    return known.reduce((sum, [alone, beside], at) => sum + (at === 0 ? alone : beside), 0);
  });
  return Math.ceil(seconds.reduce((sum, one) => sum + one, 0) / 60 / processors);
}
