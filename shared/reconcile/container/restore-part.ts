// A member whose cluster begins anew from a snapshot: everything that uses the former data stops, the restored takes its place, and
// then the member is started like any other that has data.
import { blockedFor, isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { formerPeers } from "#shared/reconcile/etcd/etcd-restore.ts";
import { stopForRestore, whatMayRun } from "#shared/reconcile/etcd/restored-storage.ts";
import { hasLeft, pathsWithMade, pathsWithSwapped } from "#shared/reconcile/etcd/restore-paths.ts";
import { restoreStateOf } from "#shared/reconcile/etcd/restore-state.ts";
import type { RestoreState } from "#shared/reconcile/etcd/restore-state.ts";
import { isSnapshotSize } from "#shared/backup/snapshot-digest.ts";
import { stopStep } from "./replace-container.ts";
import type { EtcdRestoring, Step } from "#shared/state/step.ts";

/**
 * Undefined where there is no restore, or it is done. `usual` plans the member as it would be with the restored data; while that is
 * blocked nothing stops.
 */
export function restorePart(
  context: Context,
  wanted: DesiredContainer,
  usual: (after: Context) => ContainerPart,
): ContainerPart | undefined {
  const state = restoreStateOf(context, wanted);
  if (state === undefined || state.decision.act === "done") return undefined;
  if (state.decision.act === "wait")
    return { ...emptyPart(wanted), blocked: [blockedFor(wanted, "waiting", state.decision.reason)], isAlone: true };
  const restoring = restoringOf(wanted, state);
  const rest = usual(afterRestore(context, wanted, restoring));
  if (rest.blocked.length > 0) return { ...emptyPart(wanted), blocked: rest.blocked, isAlone: true };
  return {
    ...rest,
    images: [...new Set([...rest.images, wanted.spec.image])],
    early: [],
    main: [...stops(context, wanted), ...dataSteps(wanted, state, { restoring, context }), ...rest.early, ...rest.main],
    isAlone: true,
  };
}

function restoringOf({ dataDirectories }: DesiredContainer, { rule }: RestoreState): EtcdRestoring {
  const { dataDirectory, restore } = rule;
  const { uid = 0, gid = 0 } = dataDirectories.find(({ path }) => path === dataDirectory) ?? {};
  return { restore: restore.id, dataDirectory, owner: { uid, gid } };
}

/** The API server of this host first: it must not read of the one cluster and of the other. */
function stops(context: Context, wanted: DesiredContainer): readonly Step[] {
  const servers = context.desired.containers.filter(({ component }) => component === "kube-apiserver");
  const members = context.observed.containers.filter((one) => one.container === wanted.name && isRunning(one));
  return [
    ...servers.flatMap((server) => whatMayRun(context, server).flatMap((one) => stopForRestore(wanted, server, one))),
    ...members.map((one) => stopStep(wanted, one, "its cluster begins anew from a snapshot")),
  ];
}

function dataSteps(
  wanted: DesiredContainer,
  { rule, decision }: RestoreState,
  { restoring, context }: { readonly restoring: EtcdRestoring; readonly context: Context },
): readonly Step[] {
  const { restore, name, peerUrl, initialCluster, token } = rule;
  const former = formerPeers(rule, context.observed.etcd.get(wanted.name));
  const still = former.length === 0 ? "" : `; ${former.join(", ")} still of the former cluster`;
  const cause = `restore ${restore.id}, cluster ${restore.clusterId}${still}`;
  if (decision.act !== "make") return [stepFor("swapData", wanted, cause, restoring)];
  const { path, bytes, stamp } = decision.snapshot;
  return [
    stepFor("restoreData", wanted, cause, {
      ...restoring,
      snapshot: path,
      clears: hasLeft(context.observed.paths, restoring),
      hasTail: isSnapshotSize(bytes),
      image: wanted.spec.image,
      etcdutl: restore.etcdutl,
      member: { name, peerUrl, initialCluster, token },
    }),
    stepFor("swapData", wanted, cause, { ...restoring, madeOf: { snapshot: path, sha256: restore.sha256, stamp } }),
  ];
}

/** The host when the data is in its place and nothing of the member runs. */
function afterRestore(context: Context, { name }: DesiredContainer, restoring: EtcdRestoring): Context {
  const { observed } = context;
  const mine = observed.containers.filter(({ container }) => container === name);
  return {
    ...context,
    observed: {
      ...observed,
      paths: pathsWithSwapped(pathsWithMade(observed.paths, restoring), restoring),
      health: new Map([...observed.health, [name, false]]),
      working: new Set([...observed.working].filter((id) => !mine.some((one) => one.id === id))),
      containers: observed.containers.map((one) =>
        mine.includes(one) && isRunning(one) ? { ...one, state: "exited", finishedAt: observed.now, exitCode: 0 } : one,
      ),
    },
  };
}
