// Wishes for objects of the cluster, and what may be seen of them.
import assert from "node:assert/strict";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { objectKey } from "#shared/state/applied-objects.ts";
import { emptyState } from "#shared/simulate/settled-state.ts";
import type { ObservedCluster, ObservedObject } from "#shared/state/applied-objects.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";

/** 2026-01-01T00:00:00Z. */
export const now = 1_767_225_600_000;
type Here = Extract<ObservedCluster, { readonly state: "here" }>;

/** Manifests as names of their ConfigMaps; releases as `name: value`. */
export function desired(
  manifests: Readonly<Record<string, readonly string[]>>,
  releases: Readonly<Record<string, number>> = {},
  namespace = "apps",
): DesiredState {
  const content = (names: readonly string[]): string =>
    names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: n}\n`).join("---\n");
  return expand(
    hostConfig({
      clusterObjects: {
        api: { server: "https://127.0.0.1:7443", certificate: "crt", key: "key", ca: "ca" },
        kubectlImage: "kubectl:1",
        helmImage: "helm:1",
        manifests: Object.fromEntries(
          Object.entries(manifests).map(([name, names]) => [name, { content: content(names) }]),
        ),
        releases: Object.fromEntries(
          Object.entries(releases).map(([name, value]) => [name, { namespace, chart: "chart", values: { value } }]),
        ),
      },
      secrets: { crt: "c", key: "k", ca: "a", chart: "H4sI" },
    }),
  );
}

/** The printed plan. */
export function plan(wish: DesiredState, observed: ObservedState): string {
  return printPlan(reconcile({ desired: wish }, observed));
}

/** What is seen of the cluster's objects. */
export function cluster(state: ObservedState): Here {
  assert.ok(state.cluster?.state === "here");
  return state.cluster;
}

/** The same with something else seen of the cluster's objects. */
export function withCluster(state: ObservedState, change: Partial<Here>): ObservedState {
  return { ...state, cluster: { ...cluster(state), ...change } };
}

/** The same with one ConfigMap as this. */
export function withObject(state: ObservedState, name: string, object: ObservedObject): ObservedState {
  const key = objectKey({ apiVersion: "v1", kind: "ConfigMap", namespace: "n", name });
  return withCluster(state, { objects: new Map([...cluster(state).objects, [key, object]]) });
}

/** Uid of a ConfigMap that is there. */
export function uidOf(state: ObservedState, name: string): string {
  const found = cluster(state).objects.get(`v1 ConfigMap n/${name}`);
  assert.ok(found?.state === "there");
  return found.uid;
}

/** An empty cluster whose objects this host applies. */
export const fresh: ObservedState = {
  ...emptyState(now),
  cluster: {
    state: "here",
    held: true,
    record: { manifests: {}, releases: {} },
    objects: new Map(),
    releases: new Map(),
  },
};
