// Containers made to follow the API servers, for what no host config of a test says.
import type { DesiredState } from "#shared/state/desired.ts";
import { minorOf } from "#shared/state/image-minor.ts";
import { Secret } from "#shared/secret.ts";

/** The named containers, or all, need the minor version of their own image's tag on API servers h1 and h2. */
export function apiFollowers(desired: DesiredState, names?: readonly string[]): DesiredState {
  const servers = ["h1", "h2"].map((name) => ({ name, url: `https://${name}:6443/version` }));
  return {
    ...desired,
    containers: desired.containers.map((container) =>
      names?.includes(container.name) === false
        ? container
        : { ...container, needsApiServers: minorOf(container.spec.image) },
    ),
    apiServersFirst: { servers, ca: "", certificate: "", key: new Secret("") },
  };
}
