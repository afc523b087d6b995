// All nodes of the pods' network as one text: the same on every host, so that ten thousand hosts that know ten thousand nodes share it.
// It must not look at more than a line at a time: the text may have as many lines as a cluster has hosts.

export type TableNode = {
  readonly host: string;
  readonly address: string;
  /** Network of the node's pods. */
  readonly podCidr: string;
};

/** A line `host address network` for each node, in the order given. */
export function nodeTable(nodes: readonly TableNode[]): string {
  return nodes.map(({ host, address, podCidr }) => `${host} ${address} ${podCidr}\n`).join("");
}

/** The nodes of a table that has been checked. */
export function nodesIn(table: string): readonly TableNode[] {
  return linesOf(table).map((line) => {
    const [host = "", address = "", podCidr = ""] = line.split(" ");
    return { host, address, podCidr };
  });
}

/** Lines without the end of the last one, which may lack it. */
export function linesOf(table: string): readonly string[] {
  return table === "" ? [] : (table.endsWith("\n") ? table.slice(0, -1) : table).split("\n");
}
