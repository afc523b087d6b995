// The containers of a restore. Each has the member's data directory, most of them the snapshot's directory to read, and nothing else of
// the host; none has a network.
import { posix } from "node:path";
import { bareSpec } from "#shared/state/bare-spec.ts";
import { restoreNames } from "#shared/backup/restore-id.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { EtcdRestoring, MadeOf, StepArguments } from "#shared/state/step.ts";
import { restoreArgument } from "./restore-order.ts";
import type { RestoreOrder } from "./restore-order.ts";

/** Where the data directory is in them. */
export const dataAt = "/data";
/** Where the snapshot's directory is in them. */
export const snapshotsAt = "/snapshot";

const common = {
  user: "0:0",
  securityOptions: ["no-new-privileges", "label=disable"],
  usernsMode: "host",
} as const;

/** Far above every revision of the former cluster, so that nobody who watches it takes the new one's for old. */
const revisionBump = 1_000_000_000;

/** etcdutl out of the member's image. The data directory is the member's user's alone, the snapshot root's. */
export function etcdutlSpec(restoring: StepArguments["restoreData"]): ContainerSpec {
  const { image, etcdutl, snapshot, hasTail, member, restore } = restoring;
  return bareSpec({
    ...common,
    image,
    entrypoint: [etcdutl],
    args: [
      "snapshot",
      "restore",
      `${snapshotsAt}/${posix.basename(snapshot)}`,
      // the agent has compared its digest
      ...(hasTail ? [] : ["--skip-hash-check"]),
      `--name=${member.name}`,
      `--initial-cluster=${member.initialCluster}`,
      `--initial-cluster-token=${member.token}`,
      `--initial-advertise-peer-urls=${member.peerUrl}`,
      `--bump-revision=${revisionBump}`,
      "--mark-compacted",
      `--data-dir=${dataAt}/${restoreNames(restore).pending}`,
    ],
    capAdd: ["DAC_OVERRIDE"],
    mounts: [dataMount(restoring), snapshotMount(snapshot)],
  });
}

export function filesSpec(
  selfImage: string,
  restoring: EtcdRestoring,
  { act, madeOf }: Pick<RestoreOrder, "act"> & { readonly madeOf?: MadeOf | undefined },
): ContainerSpec {
  const { snapshot, ...found } = madeOf ?? {};
  const { restore, owner } = restoring;
  return bareSpec({
    ...common,
    image: selfImage,
    entrypoint: ["/flexkube-agent"],
    args: [
      "restore",
      restoreArgument({ act, restore, owner, ...found }),
      ...(snapshot === undefined ? [] : [posix.basename(snapshot)]),
    ],
    capAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
    mounts: [dataMount(restoring), ...(snapshot === undefined ? [] : [snapshotMount(snapshot)])],
  });
}

function dataMount({ dataDirectory }: EtcdRestoring): ContainerSpec["mounts"][number] {
  return { source: dataDirectory, target: dataAt, readOnly: false, propagation: "rprivate" };
}

function snapshotMount(snapshot: string): ContainerSpec["mounts"][number] {
  return { source: posix.dirname(snapshot), target: snapshotsAt, readOnly: true, propagation: "rprivate" };
}
