// For every file of every component: sealed or live, and by which source its program takes up a change.
// README.md shows the same table; a test compares both with what expand makes.
import type { FileRow } from "./file-row.ts";
import { kubernetesFileTable } from "./file-table-kubernetes.ts";

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
