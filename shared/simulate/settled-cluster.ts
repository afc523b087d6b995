// The objects of a cluster in which all that is desired has been applied.
import { objectKey } from "#shared/state/applied-objects.ts";
import type { AppliedObject, DesiredClusterObjects, ObservedCluster } from "#shared/state/applied-objects.ts";

/** As the host sees it that has applied them. */
export function settledCluster(desired: DesiredClusterObjects, now: number): ObservedCluster {
  const applied = (objects: DesiredClusterObjects["manifests"][number]["objects"]): readonly AppliedObject[] =>
    objects.map((object) => ({ ...object, uid: `uid of ${objectKey(object)}`, mark: "ours" }));
  const manifests = desired.manifests.map(({ name, digest, objects }) => ({ name, digest, objects: applied(objects) }));
  const revision = 1;
  return {
    state: "here",
    held: true,
    record: {
      manifests: Object.fromEntries(manifests.map(({ name, ...rest }) => [name, rest])),
      releases: Object.fromEntries(
        desired.releases.map(({ name, digest, namespace }) => [
          name,
          { digest, namespace, revision, image: desired.helmImage ?? "" },
        ]),
      ),
    },
    objects: new Map(
      manifests
        .flatMap(({ objects }) => objects)
        .map((object) => [
          objectKey(object),
          { state: "there", uid: object.uid ?? "", mark: object.mark ?? "", isOurs: true, isKept: false },
        ]),
    ),
    releases: new Map(
      desired.releases.map(({ name }) => {
        const secret = `sh.helm.release.v1.${name}.v${revision}`;
        return [name, { revision, status: "deployed", since: now, secret, uid: `uid of ${secret}` }];
      }),
    ),
  };
}
