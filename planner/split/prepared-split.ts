// A split before its first byte is written: all that it will make, change and say.
import type { Problem } from "#shared/errors.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { PreparedKeys } from "#planner/pki/prepare-keys.ts";
import type { SealingKeys } from "#planner/pki/sealing-keys.ts";
import type { CaRequest, PreparedPki } from "#planner/pki/types.ts";
import type { DecidedRestore } from "./decide-restore.ts";
import type { MembersReport } from "./members-report.ts";
import type { HostChange } from "./place-host.ts";
import type { Exposed } from "./read/check-access.ts";
import type { GoneHost } from "./read/gone-hosts.ts";
import type { LoadedCluster } from "./read/load-cluster.ts";
import type { SplitOptions } from "./split-options.ts";

const hostsPrinted = 10;
const hostsSummed = 50;

/** How many changed hosts are told of, and therefore compared with what they had: each one's former config is read and kept. */
export function hostsCompared({ all, json, verbose }: Pick<SplitOptions, "all" | "json" | "verbose">): number {
  if (all || json) return Infinity;
  return verbose ? hostsPrinted : hostsSummed;
}

/** Files and directories that go from one directory to another. */
export type SetAside = { readonly from: string; readonly to: string; readonly names: readonly string[] };

/** `isWritten`: there is none yet, or not of this config. */
export type SealedHost = { readonly host: string; readonly of: string; readonly isWritten: boolean };

export type SealedSplit = {
  readonly directory: string;
  readonly hosts: readonly SealedHost[];
  /** Throws FILES_UNWRITABLE. */
  readonly write: () => Promise<void>;
};

export type PreparedSplit = {
  readonly cluster: Cluster;
  readonly directories: { readonly out: string; readonly pki: string; readonly sealed: string };
  /** Certificates, and the keys that belong to none. */
  readonly pki: PreparedPki &
    Pick<PreparedKeys, "pairs" | "encryption"> & {
      readonly sealing?: SealingKeys | undefined;
      readonly authorities: readonly CaRequest[];
      /** The host that has a certificate, by its id. */
      readonly holders: ReadonlyMap<string, string>;
    };
  /** Host configs as signed and sealed files, where they are. */
  readonly sealed?: SealedSplit | undefined;
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
