// What somebody types who wants a snapshot to be restored.
import type { Snapshot } from "./snapshot.ts";

export type RestoreWish = {
  readonly snapshot: Snapshot;
  /** Members as the operator counts them; undefined when he left that to the cluster config. */
  readonly hosts: readonly string[] | undefined;
  /** Former members whose data nobody will start any more. */
  readonly lost: readonly string[];
  /** Once more from the snapshot that is in force. */
  readonly again: boolean;
  /** The cluster whose data is wanted, where it is another one. */
  readonly fromCluster: string | undefined;
};
