// What the agent keeps right at the Node object.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, withoutContainers } from "./component.ts";

export const node: Component<"node", never> = {
  ...withoutContainers,
  references: ({ api }) => clientReferences(["api"], api),
  certificates: ({ api }) => ({ authorities: [api.ca], pairs: [clientPair(api)] }),
};
