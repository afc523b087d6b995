// A split before its first byte is written: all that it will make, change and say.
import type { Problem } from "#shared/errors.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { PreparedKeys } from "#planner/pki/prepare-keys.ts";
import type { PreparedPki } from "#planner/pki/types.ts";
import type { DecidedRestore } from "./decide-restore.ts";
import type { MembersReport } from "./members-report.ts";
import type { HostChange } from "./place-host.ts";
import type { Exposed } from "./read/check-access.ts";
import type { GoneHost } from "./read/gone-hosts.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";

/** Hosts whose plan is printed without --all, and which are therefore compared with what they had. */
export const shownHosts = 10;

/** Files and directories that go from one directory to another. */
export type SetAside = { readonly from: string; readonly to: string; readonly names: readonly string[] };

export type PreparedSplit = {
  readonly cluster: Cluster;
  readonly directories: { readonly out: string; readonly pki: string };
  /** Certificates, and the keys that belong to none. */
  readonly pki: PreparedPki & Pick<PreparedKeys, "pairs" | "encryption">;
  readonly hashKey: string;
  /** The state's text when its file has to be written. */
  readonly stateText: string | undefined;
  /** The state's text while nothing is made yet, when this split founds a cluster. */
  readonly founding: string | undefined;
  /** What others may read or change in the PKI. */
  readonly exposed: readonly Exposed[];
  /** What a new cluster does not take over. */
  readonly setAside: readonly SetAside[];
  /** Every host, in the order of the cluster config. */
  readonly hosts: readonly HostChange[];
  /** Hosts that have a file of this cluster and are no longer in its config, sorted. */
  readonly gone: readonly GoneHost[];
  /** What becomes of etcd's members, where they come and go by themselves and something does. */
  readonly members: MembersReport | undefined;
  /** Set by a restore. */
  readonly restore: DecidedRestore | undefined;
  readonly warnings: readonly Problem[];
};

export type Directories = PreparedSplit["directories"];

export type OpenedCluster = { readonly loaded: LoadedCluster; readonly directories: Directories };
