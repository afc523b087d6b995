// What has been applied, as a ConfigMap in the cluster remembers it: a key a manifest, a key a release.
import { isFlexkubeError } from "#shared/errors.ts";
import type { AppliedManifest, AppliedObject, AppliedRecord, AppliedRelease } from "#shared/state/applied-objects.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { listAt, numberAt, textAt, textsAt, parsedJson } from "#shared/json-fields.ts";

const collection = "/api/v1/namespaces/kube-system/configmaps";
const name = "flexkube-applied";
export const recordPath = `${collection}/${name}`;
const manifestPrefix = "manifest.";
const releasePrefix = "release.";

/** An empty record when there is none. Throws KUBERNETES_*. */
export async function readRecord(client: KubernetesClient, signal: AbortSignal): Promise<AppliedRecord> {
  try {
    const data = textsAt(await client.request({ method: "GET", path: recordPath }, signal), "data");
    return { manifests: entries(data, manifestPrefix, manifestIn), releases: entries(data, releasePrefix, releaseIn) };
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return { manifests: {}, releases: {} };
    throw error;
  }
}

/** Writes one entry, undefined takes it away; the others stay. Throws KUBERNETES_*. */
export async function writeManifest(
  client: KubernetesClient,
  about: { readonly name: string; readonly record: AppliedManifest | undefined },
  signal: AbortSignal,
): Promise<void> {
  await write(client, { [manifestPrefix + about.name]: about.record }, signal);
}

export async function writeRelease(
  client: KubernetesClient,
  about: { readonly name: string; readonly record: AppliedRelease | undefined },
  signal: AbortSignal,
): Promise<void> {
  await write(client, { [releasePrefix + about.name]: about.record }, signal);
}

async function write(
  client: KubernetesClient,
  values: Readonly<Record<string, object | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const patch = Object.entries(values).map(
    ([key, value]) => [key, value === undefined ? null : JSON.stringify(value)] as const,
  );
  const data = Object.fromEntries(patch);
  try {
    await client.request({ method: "PATCH", path: recordPath, format: "merge-patch", body: { data } }, signal);
  } catch (error) {
    if (!isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) throw error;
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { "app.kubernetes.io/managed-by": "flexkube" } },
      data: Object.fromEntries(patch.filter(([, value]) => value !== null)),
    };
    await client.request({ method: "POST", path: collection, body }, signal);
  }
}

function entries<Entry>(
  data: Readonly<Record<string, string>>,
  prefix: string,
  read: (value: unknown) => Entry,
): Readonly<Record<string, Entry>> {
  const found = Object.entries(data)
    .filter(([key]) => key.startsWith(prefix))
    // an entry that somebody has spoilt counts as an apply that did not come to its end
    .map(([key, text]) => [key.slice(prefix.length), read(parsedJson(text))] as const);
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function manifestIn(value: unknown): AppliedManifest {
  return {
    digest: textAt(value, "digest"),
    objects: listAt(value, "objects").map((item): AppliedObject => {
      const { namespace, uid, mark } = textsAt(item);
      return {
        apiVersion: textAt(item, "apiVersion"),
        kind: textAt(item, "kind"),
        ...(namespace === undefined ? {} : { namespace }),
        name: textAt(item, "name"),
        ...(uid === undefined ? {} : { uid }),
        ...(mark === undefined ? {} : { mark }),
      };
    }),
  };
}

function releaseIn(value: unknown): AppliedRelease {
  return {
    digest: textAt(value, "digest"),
    namespace: textAt(value, "namespace"),
    revision: numberAt(value, "revision") ?? 0,
    image: textAt(value, "image"),
  };
}
