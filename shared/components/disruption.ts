// The lock by which one host at a time stops what must not be down on two.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, namedAt, withoutContainers } from "./component.ts";

export const disruption: Component<"disruption", never> = {
  ...withoutContainers,
  references: ({ etcd, lease, apiServers, apiCa }) => [
    ...(etcd === undefined ? [] : clientReferences(["etcd"], etcd)),
    ...(lease === undefined ? [] : clientReferences(["lease"], lease)),
    ...(Object.keys(apiServers).length === 0 ? [] : namedAt([], { apiCa })),
  ],
  certificates: ({ lease }) => (lease === undefined ? {} : { authorities: [lease.ca], pairs: [clientPair(lease)] }),
};
