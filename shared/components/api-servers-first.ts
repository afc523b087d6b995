// API servers that get a minor version before anything of this host that calls them.
import type { Component } from "./component.ts";
import { clientPair, clientReferences, withoutContainers } from "./component.ts";

export const apiServersFirst: Component<"apiServersFirst", never> = {
  ...withoutContainers,
  references: (section) => clientReferences([], section),
  certificates: (section) => ({ authorities: [section.ca], pairs: [clientPair(section)] }),
};
