// The rooms of the house, in order: a folder's own files import what lies in the rooms above it in its list, and nothing below. So there
// is no circle, and a reader who goes down a list meets nothing that was not explained. The linter holds it (oxlint.config.ts), and
// examples/rooms.io.test.ts sees that every folder is here. What is for tests alone (testing, contract, fake, golden, scenarios) is no room.

export type Room = {
  /** From the repository's root. */
  readonly folder: string;
  /** What a reader finds there. */
  readonly holds: string;
  /** Set where files, clocks, processes or promises are at work. In `agent` all may. */
  readonly effects?: true;
  /** Set where documents are described or checked by the schema library. */
  readonly zod?: true;
};

/** Both programs import it; it imports neither of them. */
export const shared: readonly Room[] = [
  { folder: "shared", holds: "words that all parts use: errors, secrets, clocks, text, networks" },
  {
    folder: "shared/command-line",
    holds: "a program's commands and options as data; completion and man page made of it",
  },
  { folder: "shared/page", holds: "what pages of HTML are made of: escaped text, one style, no script" },
  {
    folder: "shared/document",
    holds: "a YAML text of any schema to data, or to all problems with their places",
    zod: true,
  },
  { folder: "shared/disk", holds: "what both programs do on a real disk in the same way", effects: true },
  { folder: "shared/acknowledgement", holds: "what proves that a report is its host's own" },
  { folder: "shared/delivery", holds: "the mark by which a host config that is not whole is seen" },
  { folder: "shared/schema/types", holds: "types of a domain, and what is wrong with a value of each", zod: true },
  { folder: "shared/schema/words", holds: "what both documents say alike", zod: true },
  { folder: "shared/schema/kubernetes", holds: "the sections about Kubernetes", zod: true },
  { folder: "shared/schema", holds: "the cluster config, the host config and the planner's state", zod: true },
  { folder: "shared/output", holds: "what both programs print as data alike", zod: true },
  {
    folder: "shared/sealed",
    holds: "a host config that is signed and sealed: its format, and why one is refused",
    zod: true,
  },
  { folder: "shared/components", holds: "one table of all components: names, ports, secrets, certificates, places" },
  {
    folder: "shared/backup",
    holds: "backups of etcd: names, records, which are due, which are good, which may go; what a restore is called",
    zod: true,
  },
  { folder: "shared/checks", holds: "what no schema says of a host config: its parts must fit together" },
  { folder: "shared/state", holds: "data and names: what is desired, what is observed, steps, the ledger" },
  { folder: "shared/etcd-care", holds: "what an etcd member needs: defragmentation, an alarm disarmed, a person" },
  { folder: "shared/etcd-members", holds: "who adds, promotes, moves and removes which member of etcd next" },
  { folder: "shared/firewall", holds: "what a packet filter does to a packet, as far as its rules tell" },
  { folder: "shared/expand/files", holds: "which program takes up which change of a file, and by which source" },
  { folder: "shared/expand/pieces", holds: "what components are made of: files, specifications, probes, secrets" },
  { folder: "shared/expand/components", holds: "a section of the host config to its containers, a file each" },
  { folder: "shared/expand/components/kubernetes", holds: "the same for the programs of Kubernetes" },
  { folder: "shared/expand", holds: "host config to desired state" },
  { folder: "shared/reconcile/parts", holds: "what every decision looks at, and what it adds to a plan" },
  { folder: "shared/reconcile/cluster", holds: "what is done in the cluster: the Node, manifests, releases" },
  { folder: "shared/reconcile/etcd", holds: "how a member starts, and when it may stop" },
  { folder: "shared/reconcile/files", holds: "how files differ, and what follows" },
  { folder: "shared/reconcile/ledger", holds: "what a step means for what is remembered" },
  { folder: "shared/reconcile/disruption", holds: "what waits for other hosts" },
  { folder: "shared/reconcile/container", holds: "one container: create, keep, replace, bring back" },
  { folder: "shared/reconcile", holds: "desired and observed state to one plan" },
  { folder: "shared/simulate", holds: "what a host looks like after some steps: previews and laws" },
];

export const planner: readonly Room[] = [
  { folder: "planner/io", holds: "files and locks on a real disk", effects: true },
  { folder: "planner/yaml", holds: "data to YAML text, byte for byte the same" },
  { folder: "planner/pki", holds: "keys and certificates: what is needed, what is there, what is made", effects: true },
  { folder: "planner", holds: "the entry, and what commands touch outside of themselves" },
  { folder: "planner/output", holds: "what commands print as data, a schema each", zod: true },
  { folder: "planner/pins", holds: "images by the digests of their content, as a lock file has them", zod: true },
  { folder: "planner/registry", holds: "what a registry is asked for a digest", effects: true },
  { folder: "planner/cluster/layers", holds: "what cluster, pool and host say, and whom it means" },
  { folder: "planner/cluster/versions", holds: "which versions go together, by the tags of images" },
  { folder: "planner/cluster/kubernetes", holds: "Kubernetes resolved once for all hosts: flags, documents, pools" },
  { folder: "planner/cluster", holds: "the cluster as components see it" },
  {
    folder: "planner/fleet",
    holds: "all hosts by their reports: a table, what is not as it should be, what is proven",
  },
  { folder: "planner/fleet/page", holds: "the same as a page of HTML" },
  { folder: "planner/upstream", holds: "what the programs of Kubernetes and etcd accept, from their sources" },
  { folder: "planner/hardening", holds: "the switch `hardening` and the walk over the benchmark's checks" },
  { folder: "planner/checks", holds: "what is wrong with a cluster, a file a kind" },
  { folder: "planner/draft/addons", holds: "objects that every cluster with Kubernetes gets" },
  { folder: "planner/draft/fragment", holds: "what a component adds to one host's config" },
  { folder: "planner/draft/components", holds: "components, a file each" },
  { folder: "planner/draft/components/kubernetes", holds: "the same for the programs of Kubernetes" },
  { folder: "planner/draft", holds: "one host's config before its secrets, and the way back to the cluster config" },
  { folder: "planner/state", holds: "what the planner remembers" },
  { folder: "planner/life", holds: "which life of a cluster this is: what host configs prove, what pki/ has" },
  { folder: "planner/restore", holds: "what a restore of etcd begins from, where, and as what it is remembered" },
  { folder: "planner/split/read", holds: "what a split reads", effects: true },
  { folder: "planner/split", holds: "what a split decides" },
  { folder: "planner/split/report", holds: "what is said of it" },
  { folder: "planner/seal", holds: "signs and seals host configs", effects: true },
  { folder: "planner/split/run", holds: "a split from the first byte read to the last one written", effects: true },
  { folder: "planner/simulate", holds: "what is to come until a day, by splits with another clock", effects: true },
  { folder: "planner/pki-backup", holds: "pki/ as one file for its recipients", effects: true },
  { folder: "planner/boot", holds: "documents with which a machine's first boot brings up its agent" },
  { folder: "planner/deliver", holds: "sealed host configs as Secrets, and what their hosts said of them" },
  { folder: "planner/cli", holds: "commands and options", effects: true },
  { folder: "planner/terraform/wire", holds: "what Terraform and a provider say to each other" },
  { folder: "planner/terraform/resource", holds: "what a cluster is in a state, and what becomes of it" },
  { folder: "planner/terraform/keys", holds: "keys and host configs in memory, in a directory, sealed", effects: true },
  { folder: "planner/terraform/calls", holds: "the provider's answers", effects: true },
  { folder: "planner/terraform/plugin", holds: "how the provider is started, found and called", effects: true },
  { folder: "planner/terraform", holds: "the provider's entry", effects: true },
];

export const agent: readonly Room[] = [
  { folder: "agent/log", holds: "the log: what of a tick is news, and its lines as people read them" },
  { folder: "agent/watchdog", holds: "ends the process when its loop stands still" },
  { folder: "agent/http", holds: "bounded HTTP exchanges" },
  { folder: "agent/engine", holds: "Docker: one port, one client" },
  { folder: "agent/self", holds: "who this agent is, and which containers are ours" },
  { folder: "agent/presence", holds: "whether another loop works on the host" },
  { folder: "agent/files", holds: "the host's files, by archives and by its mounted root" },
  { folder: "agent/facts", holds: "what only the host knows" },
  { folder: "agent/image-sources", holds: "archives and registries" },
  { folder: "agent/mend", holds: "what a privileged one-shot puts right on the host" },
  { folder: "agent/firewall", holds: "asks the host's packet filter which ports it closes to others" },
  { folder: "agent/preflight", holds: "what must hold on a host before a kubelet starts" },
  { folder: "agent/report", holds: "report, events and all that is kept between ticks", zod: true },
  { folder: "agent/page", holds: "the host as a page of HTML" },
  { folder: "agent/saved-plan", holds: "a plan as a file, and what differs when it is to be applied", zod: true },
  { folder: "agent/output", holds: "what commands print as data, a schema each", zod: true },
  { folder: "agent/sealed", holds: "opens a sealed host config with what the host knows" },
  { folder: "agent/health", holds: "probes, the health endpoint and metrics" },
  { folder: "agent/etcd", holds: "what etcd's members say" },
  { folder: "agent/beside", holds: "work beside the ticks: one turn at a time, pauses after failures" },
  { folder: "agent/backup", holds: "backups of etcd: made, looked into, kept" },
  { folder: "agent/restore", holds: "a snapshot of etcd found, and made a member's data" },
  { folder: "agent/kubernetes", holds: "the Kubernetes API: connections, leases, what is observed" },
  { folder: "agent/disruption", holds: "the lock that one host at a time holds" },
  { folder: "agent/etcd-care", holds: "care of the own etcd member" },
  { folder: "agent/etcd-members", holds: "etcd's members added, promoted, moved and removed" },
  { folder: "agent/effects", holds: "all that a step may use" },
  { folder: "agent/execute/cluster", holds: "steps on the Node and on objects of the cluster" },
  { folder: "agent/execute", holds: "steps, one handler each, in the order of the plan" },
  { folder: "agent/sources", holds: "places besides the host's own file that are asked for host configs" },
  { folder: "agent/tick", holds: "load, observe, reconcile, execute, report; and the loop around it" },
  { folder: "agent/cli", holds: "commands, options, and what is built for them" },
  { folder: "agent", holds: "the entry" },
];
