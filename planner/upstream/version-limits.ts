// What only some of the supported minor versions know, by their sources (kubernetes v1.34.0, v1.35.4, v1.36.3, v1.37.2, v1.38.0-beta.0); the
// tables of flags, controllers and admission plug-ins are those of 1.36.

import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import { ownValue } from "#shared/own-value.ts";

type Limits = { readonly since?: number; readonly until?: number };

const flags: Readonly<Record<string, Limits & { readonly type?: string; readonly program?: "apiserver" }>> = {
  "concurrent-device-taint-eviction-syncs": { since: 35 },
  "concurrent-disruption-syncs": { since: 37, type: "int32" },
  "concurrent-eviction-request-syncs": { since: 38, type: "int32" },
  "concurrent-imperative-eviction-responder-syncs": { since: 38, type: "int32" },
  "concurrent-resourceclaim-syncs": { since: 36 },
  "enable-endpoint-load-metrics": { since: 38, type: "bool", program: "apiserver" },
  "min-compatibility-version": { since: 35 },
  "tls-curve-preferences": { since: 36 },
};

const plugins: Readonly<Record<string, Limits>> = {
  AuthorizationConditionsEnforcer: { since: 38 },
  JobValidation: { since: 36, until: 36 },
  NodeDeclaredFeatureValidator: { since: 35 },
  PodGroupProtection: { since: 36 },
  PodGroupWorkloadExists: { since: 36, until: 36 },
  PodResizeValidator: { since: 36 },
};

const controllers: Readonly<Record<string, Limits>> = {
  "podgroup-protection-controller": { since: 36 },
  "resourcepoolstatusrequest-controller": { since: 36 },
  "evictionrequest-controller": { since: 38 },
  "imperative-eviction-responder-controller": { since: 38 },
};

const tables = { flags, plugins, controllers } as const;

/** Why a version does not know a word that the tables have; undefined when it does. */
export function outsideOfVersion(kind: keyof typeof tables, name: string, minor: number): string | undefined {
  const { since, until } = ownValue<Limits>(tables[kind], name) ?? {};
  if (since !== undefined && minor < since) return `Kubernetes 1.${minor} has none yet: it is there since 1.${since}`;
  return until !== undefined && minor > until
    ? `Kubernetes 1.${minor} has none any more: 1.${until} was the last`
    : undefined;
}

/** The kind of value of a program's flag that came after 1.36; undefined for others and for versions without it. */
export function newFlagType(program: Program, flag: string, minor: number): string | undefined {
  const found = ownValue(flags, flag);
  if ((found?.program ?? "controllerManager") !== program) return undefined;
  return found?.type !== undefined && minor >= (found.since ?? 0) ? found.type : undefined;
}
