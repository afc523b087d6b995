// Waits for what agents find after something has befallen their hosts.
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";

/** Resolves once the agents of these hosts, by looks that begin after this call, have found all as it should be. */
export async function settledAnew(cluster: Cluster, hosts: readonly LabHost[], deadlineMs: number): Promise<void> {
  for (const host of hosts) {
    // by the host's own clock, which may be another than this machine's
    const since = Number(await host.exec("date", "+%s")) * 1000;
    const wanted = async (): Promise<boolean> => {
      const { writtenAt } = await cluster.report(host);
      if (Date.parse(writtenAt) <= since) throw new Error(`its last report is of ${writtenAt}`);
      return true;
    };
    await eventually(wanted, { what: `${host.name} has looked again`, deadlineMs });
  }
  await cluster.settled(hosts, deadlineMs);
}
