// Helm's own memory: a Secret a revision, of which only names and labels are read.
import type { WallTime } from "#shared/clock.ts";
import type { ObservedRelease } from "#shared/state/applied-objects.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { listAt, textAt } from "#shared/json-fields.ts";

/** `since`: when its Secret was made, by the clock of an API server. */
type StampedRelease = Omit<ObservedRelease, "since"> & { readonly since: WallTime };

/** Path of a Secret in the API. */
export function secretPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
}

/** The newest revision, or undefined. Throws KUBERNETES_*. */
export async function readRelease(
  client: KubernetesClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<StampedRelease | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const query = { labelSelector: `owner=helm,name=${name}` };
  const answer = await client.request({ method: "GET", path, query, metadataOnly: "list" }, signal);
  const revisions = listAt(answer, "items").map((item) => ({
    revision: Number(textAt(item, "metadata", "labels", "version")),
    status: textAt(item, "metadata", "labels", "status"),
    since: { epochMs: Date.parse(textAt(item, "metadata", "creationTimestamp")) },
    secret: textAt(item, "metadata", "name"),
    uid: textAt(item, "metadata", "uid"),
  }));
  return revisions.toSorted((a, b) => b.revision - a.revision)[0];
}
