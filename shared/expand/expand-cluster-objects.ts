// What the host config's section `clusterObjects` asks for: manifests in parts, releases, and who applies them.
import { canonical } from "#shared/canonical.ts";
import { durationMs } from "#shared/duration.ts";
import type { DesiredClusterObjects, DesiredManifest, DesiredRelease } from "#shared/state/applied-objects.ts";
import type { ClusterObjects, HelmRelease, Manifest } from "#shared/schema/kubernetes/cluster-objects.ts";
import { inOrder, manifestDocuments } from "#shared/schema/manifest-documents.ts";
import type { ManifestDocument } from "#shared/schema/manifest-documents.ts";
import { reveal, Secret } from "#shared/secret.ts";
import { resolveApi } from "./pieces/resolve-api.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";

export function expandClusterObjects(section: ClusterObjects, secrets: SecretStore): DesiredClusterObjects {
  return {
    generation: section.generation ?? 0,
    api: resolveApi(section.api, secrets),
    ...(section.uid === undefined ? {} : { user: { uid: section.uid, gid: section.gid ?? section.uid } }),
    kubectlImage: section.kubectlImage,
    kubectl: section.kubectl,
    ...(section.helmImage === undefined ? {} : { helmImage: section.helmImage }),
    helm: section.helm,
    manifests: sortedEntries(section.manifests).map(([name, manifest]) => expandManifest(name, manifest, secrets)),
    releases: sortedEntries(section.releases).map(([name, release]) => expandRelease(name, release, secrets)),
  };
}

function expandManifest(name: string, { content, secret }: Manifest, secrets: SecretStore): DesiredManifest {
  const whole = secret === undefined ? (content ?? "") : secrets.get(secret);
  const documents = inOrder(manifestDocuments(reveal(whole)).documents);
  const isFirst = ({ objects }: ManifestDocument): boolean =>
    objects.every(({ kind }) => kind === "Namespace" || kind === "CustomResourceDefinition");
  const hasDefinitions = documents.some(
    (document) => isFirst(document) && document.objects.some(({ kind }) => kind === "CustomResourceDefinition"),
  );
  const groups = hasDefinitions ? [documents.filter(isFirst), documents.filter((one) => !isFirst(one))] : [documents];
  return {
    name,
    digest: secrets.digest(whole),
    objects: documents.flatMap(({ objects }) => objects),
    parts: groups
      .filter((group) => group.length > 0)
      .map((group) => {
        const text = group.map((document) => document.text).join("---\n");
        return {
          content: secret === undefined ? text : new Secret(text),
          awaits: group.flatMap(({ objects }) => objects).filter(({ kind }) => kind === "CustomResourceDefinition"),
        };
      }),
  };
}

function expandRelease(name: string, release: HelmRelease, secrets: SecretStore): DesiredRelease {
  const { namespace, values, wait, timeout } = release;
  const chart = secrets.get(release.chart);
  const whole = new Secret(canonical({ namespace, values, chart: chart.reveal() }));
  return { name, digest: secrets.digest(whole), namespace, chart, values, wait, timeoutMs: durationMs(timeout) };
}
