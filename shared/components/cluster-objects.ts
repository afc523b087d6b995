// Objects of the cluster, applied by one of the hosts that have them.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, namedAt, withoutContainers } from "./component.ts";

export const clusterObjects: Component<"clusterObjects", never> = {
  ...withoutContainers,
  references: ({ api, manifests, releases }) => [
    ...clientReferences(["api"], api),
    ...Object.entries(manifests).flatMap(([name, { secret }]) => namedAt(["manifests", name], { secret })),
    ...Object.entries(releases).flatMap(([name, { chart }]) => namedAt(["releases", name], { chart })),
  ],
  certificates: ({ api }) => ({ authorities: [api.ca], pairs: [clientPair(api)] }),
};
