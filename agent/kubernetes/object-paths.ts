// Where an object is in the API: the plural name of its kind, and whether the kind lives in namespaces, by discovery.
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { at, listAt, textAt } from "#shared/json-fields.ts";

type Kind = { readonly kind: string; readonly plural: string; readonly namespaced: boolean };

/** What discovery has told, by group version; lives as long as the agent. */
export type KnownKinds = Map<string, readonly Kind[]>;

export type ObjectPath = {
  readonly path: string;
  /** The one it is in; unset for a kind without. */
  readonly namespace: string | undefined;
};

export type FindPath = (object: ObjectRef, signal: AbortSignal) => Promise<ObjectPath | undefined>;

/** Undefined for a kind that the API does not have. A kind that is not known is asked for once in the life of the result. */
export function createFindPath(client: KubernetesClient, known: KnownKinds): FindPath {
  const asked = new Map<string, Promise<readonly Kind[]>>();
  const ask = async (version: string, signal: AbortSignal): Promise<readonly Kind[]> => {
    const kinds = await kindsOf(client, version, signal);
    known.set(version, kinds);
    return kinds;
  };
  return async (object, signal) => {
    const group = groupPath(object.apiVersion);
    let kind = known.get(object.apiVersion)?.find(({ kind: name }) => name === object.kind);
    if (kind === undefined) {
      const answer = asked.get(object.apiVersion) ?? ask(object.apiVersion, signal);
      asked.set(object.apiVersion, answer);
      kind = (await answer).find(({ kind: name }) => name === object.kind);
    }
    if (kind === undefined) return undefined;
    const namespace = kind.namespaced ? (object.namespace ?? "default") : undefined;
    const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
    return { path: `${group}${within}/${kind.plural}/${encodeURIComponent(object.name)}`, namespace };
  };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

async function kindsOf(client: KubernetesClient, version: string, signal: AbortSignal): Promise<readonly Kind[]> {
  try {
    const answer = await client.request({ method: "GET", path: groupPath(version) }, signal);
    return listAt(answer, "resources").flatMap((item) => {
      const plural = textAt(item, "name");
      // such as pods/log
      if (plural.includes("/")) return [];
      return [{ kind: textAt(item, "kind"), plural, namespaced: at(item, "namespaced") === true }];
    });
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return [];
    throw error;
  }
}
