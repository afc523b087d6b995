// What a split has made, as hosts are compared with it.
import type { SeenReports } from "./seen-reports.ts";

/** A host of the cluster config, as the last split left it. */
export type WantedHost = {
  readonly host: string;
  /** It runs a kubelet, so the cluster has a Node of its name. */
  readonly isNode: boolean;
  /** Undefined before its first split. */
  readonly generation: number | undefined;
  /** The host config of that generation: which text it has, and the key of its reports. Undefined when its file is not there. */
  readonly config: { readonly text: string; readonly key: string } | undefined;
};

export type Wanted = {
  readonly cluster: string;
  /** The cluster config's file. */
  readonly file: string;
  readonly hosts: readonly WantedHost[];
  readonly seen: SeenReports;
};
