// An API server starts only for the restored cluster, and the one from before it does not go on until that is there: what it has in
// memory is of the former one, and it would write that into the new.
import { blockedFor, isRunning, stepFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Step } from "#shared/state/step.ts";
import { startsContainer } from "#shared/state/step-traits.ts";
import { restoreStateOf } from "./restore-state.ts";

const component = "kube-apiserver";

/** The part, or what it waits for. */
export function withRestoredStorage(context: Context, container: DesiredContainer, part: ContainerPart): ContainerPart {
  const clusterId = context.desired.apiServerStorage?.clusterId;
  if (container.component !== component || clusterId === undefined) return part;
  const former = formerOnes(context, container);
  if (former.length === 0 && !startsContainer(part.main)) return part;
  const reason = reasonToWait(context, clusterId);
  if (reason === undefined) return part;
  const stops = reason.isAsked ? former.flatMap((one) => stopForRestore(container, container, one)) : [];
  return {
    ...emptyPart(container),
    main: stops,
    blocked: [...part.blocked, blockedFor(container, "waiting", reason.text)],
    isAlone: true,
  };
}

/** What runs of it, or may yet, and was made for the cluster before. */
function formerOnes(context: Context, container: DesiredContainer): readonly ObservedContainer[] {
  return whatMayRun(context, container).filter(({ specHash }) => specHash !== container.specHash);
}

/** Containers of that name that run, or that Docker would start again by their policy when the host is switched on. */
export function whatMayRun({ observed }: Context, { name }: DesiredContainer): readonly ObservedContainer[] {
  return observed.containers.filter((one) => one.container === name && (isRunning(one) || one.restart !== "no"));
}

function reasonToWait(
  context: Context,
  clusterId: string,
): { readonly text: string; readonly isAsked: boolean } | undefined {
  const member = context.desired.containers.map((one) => restoreStateOf(context, one)).find((one) => one !== undefined);
  // whoever restores the member stops this first, and until then the former cluster may still be of use
  if (member !== undefined && member.decision.act !== "done")
    return { text: `${member.container.name} is to be restored first`, isAsked: false };
  const { etcdClusters } = context.observed;
  if (etcdClusters === undefined) return { text: "the restored etcd has not been asked for yet", isAsked: false };
  const ids = [...new Set(etcdClusters.values())];
  if (ids.includes(clusterId) && ids.length === 1) return undefined;
  const others = [...etcdClusters].flatMap(([url, id]) => (id === clusterId ? [] : [`${url} is of cluster ${id}`]));
  const found = others.length === 0 ? "no member of it has a leader" : others.toSorted().join(", ");
  return { text: `it starts only when the restored etcd, cluster ${clusterId}, has a leader; ${found}`, isAsked: true };
}

/** Stops it for good: no restart of the host starts it. `about` is whom the steps serve. */
export function stopForRestore(
  about: DesiredContainer,
  stopped: DesiredContainer,
  found: ObservedContainer,
): readonly Step[] {
  const { id, restart } = found;
  const cause = "what it has in memory is of the former etcd";
  const of = { component: about.component, name: stopped.name };
  return [
    ...(restart === "no" ? [] : [stepFor("updateContainer", of, cause, { id, restart: "no" as const })]),
    ...(isRunning(found)
      ? [stepFor("stopContainer", of, cause, { id, timeoutSeconds: stopped.spec.stopTimeoutSeconds })]
      : []),
  ];
}
