// The benchmarks by name, loaded when they are wanted.
import type { Benchmark } from "./benchmark.ts";

export type Entry = { readonly name: string; readonly about: string; readonly load: () => Promise<Benchmark> };

/** In the order in which they run. */
export const registry: readonly Entry[] = [
  {
    name: "program",
    about: "size of image and executable, start of `version`",
    load: async () => (await import("./benchmarks/program.ts")).program,
  },
  {
    name: "no-op",
    about: "a tick that finds nothing to do",
    load: async () => (await import("./benchmarks/no-op.ts")).noOp,
  },
  {
    name: "growth",
    about: "the same with 6, 30 and 100 containers",
    load: async () => (await import("./benchmarks/growth.ts")).growth,
  },
  {
    name: "first-start",
    about: "from an empty host to W1",
    load: async () => (await import("./benchmarks/first-start.ts")).firstStart,
  },
  {
    name: "changed-file",
    about: "a changed file: signal, restart, replacement",
    load: async () => (await import("./benchmarks/changed-file.ts")).changedFile,
  },
  {
    name: "recovery",
    about: "a killed container until it runs again",
    load: async () => (await import("./benchmarks/recovery.ts")).recovery,
  },
  {
    name: "resident",
    about: "memory and processor time of the idle agent; takes three minutes",
    load: async () => (await import("./benchmarks/resident.ts")).resident,
  },
  {
    name: "etcd-backup",
    about: "a member with 500 MB: its requests during a backup and a drill; takes a quarter of an hour",
    load: async () => (await import("./benchmarks/etcd-backup.ts")).etcdBackup,
  },
  {
    name: "etcd-restore",
    about: "the same member: a restore beside etcdutl alone",
    load: async () => (await import("./benchmarks/etcd-restore.ts")).etcdRestore,
  },
  {
    name: "machine",
    about: "first start and no-op tick on a virtual machine with systemd and cgroup v2",
    load: async () => (await import("./benchmarks/machine.ts")).machine,
  },
  {
    name: "certificates",
    about: "2,000 leaf certificates",
    load: async () => (await import("./benchmarks/certificates.ts")).certificates,
  },
  {
    name: "split",
    about: "split of 1,000 and 10,000 hosts",
    load: async () => (await import("./benchmarks/split.ts")).split,
  },
  {
    name: "split-kubernetes",
    about: "split of 1,000 nodes",
    load: async () => (await import("./benchmarks/split-kubernetes.ts")).splitKubernetes,
  },
  {
    name: "kubernetes",
    about: "four hosts from nothing to all nodes Ready; tick and memory of the agent there",
    load: async () => (await import("./benchmarks/kubernetes.ts")).kubernetes,
  },
];
