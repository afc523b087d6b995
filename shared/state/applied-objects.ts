// Objects of the cluster: what shall be applied, what has been, and what is found of it.
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Secret } from "#shared/secret.ts";
import type { DesiredApi } from "./desired-api.ts";

export type DesiredManifest = {
  readonly name: string;
  /** Of the whole text, keyed as digests of files are. */
  readonly digest: string;
  readonly objects: readonly ObjectRef[];
  /** Applied one after the other. */
  readonly parts: readonly {
    readonly content: string | Secret<string>;
    /** CustomResourceDefinitions that must be established before the next part. */
    readonly awaits: readonly ObjectRef[];
  }[];
};

export type DesiredRelease = {
  readonly name: string;
  /** Of chart, values and namespace. */
  readonly digest: string;
  readonly namespace: string;
  /** Base64 of the packed chart. */
  readonly chart: Secret<string>;
  readonly values: KubernetesDocument;
  readonly wait: boolean;
  readonly timeoutMs: number;
};

/** What one of the hosts that have it applies. */
export type DesiredClusterObjects = {
  /** Counted for the whole cluster; 0 when the host config has none. */
  readonly generation: number;
  readonly api: DesiredApi;
  /** User of the containers that kubectl and Helm run in; unset: nobody. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly kubectlImage: string;
  readonly kubectl: readonly string[];
  readonly helmImage?: string | undefined;
  readonly helm: readonly string[];
  /** Sorted by name. */
  readonly manifests: readonly DesiredManifest[];
  readonly releases: readonly DesiredRelease[];
};

export type AppliedObject = ObjectRef & {
  /** Unset until it was seen after an apply. */
  readonly uid?: string | undefined;
  /** Changes when somebody else changes what we applied. */
  readonly mark?: string | undefined;
};

export type AppliedManifest = {
  /** "" while an apply is under way, or after one that failed. */
  readonly digest: string;
  readonly objects: readonly AppliedObject[];
};

export type AppliedRelease = {
  readonly digest: string;
  readonly namespace: string;
  readonly revision: number;
  /** Image of Helm that it was installed with, by which it can be uninstalled. */
  readonly image: string;
};

/** What has been applied, as the cluster itself remembers it. */
export type AppliedRecord = {
  readonly manifests: Readonly<Record<string, AppliedManifest>>;
  readonly releases: Readonly<Record<string, AppliedRelease>>;
};

export type ObservedObject =
  | { readonly state: "missing" }
  /** The API does not tell, such as an extension of it that is away. */
  | { readonly state: "unknown"; readonly reason: string }
  | {
      readonly state: "there";
      readonly uid: string;
      readonly mark: string;
      /** We have applied it. */
      readonly isOurs: boolean;
      /** It says that it shall never be pruned. */
      readonly isKept: boolean;
    };

/** The newest revision of a Helm release. */
export type ObservedRelease = {
  readonly revision: number;
  /** Helm's word, such as deployed, failed, pending-upgrade. */
  readonly status: string;
  /** When this revision was begun, epoch milliseconds. */
  readonly since: number;
  /** Name and uid of the Secret that holds it. */
  readonly secret: string;
  readonly uid: string;
};

export type ObservedCluster =
  | { readonly state: "unreachable"; readonly reason: string }
  /** Another host applies. */
  | { readonly state: "elsewhere"; readonly holder: string }
  /** Nobody else applies now, and one that did had newer objects. */
  | { readonly state: "outdated"; readonly generation: number }
  /** This host applies, or would: `held` says whether it has the Lease already. */
  | {
      readonly state: "here";
      readonly held: boolean;
      readonly record: AppliedRecord;
      /** By `objectKey`. */
      readonly objects: ReadonlyMap<string, ObservedObject>;
      /** By name; absent: Helm knows no such release. */
      readonly releases: ReadonlyMap<string, ObservedRelease>;
    };

/** Key of an object among those observed. */
export function objectKey({ apiVersion, kind, namespace = "", name }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace}/${name}`;
}

/** Such as `ConfigMap kube-system/coredns`. */
export function objectText({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The same object, whatever version of its API names it; without a namespace it may be in `default`. */
export function isSameObject(a: ObjectRef, b: ObjectRef): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    groupOf(a) === groupOf(b) &&
    (a.namespace ?? "default") === (b.namespace ?? "default")
  );
}

function groupOf({ apiVersion }: ObjectRef): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
