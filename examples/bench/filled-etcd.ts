// A bench host whose member of etcd has much data, and a backup of it that a drill has restored.
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { readReport } from "#lab/agent-report.ts";
import { clean, deliver, watchAgent, withHosts } from "./bench-host.ts";
import type { BenchHost, BenchImages, WatchedAgent } from "./bench-host.ts";
import type { BenchmarkOptions } from "./benchmark.ts";
import { backups, createEtcdHost } from "./etcd-host.ts";
import type { EtcdHost } from "./etcd-host.ts";

export const usualMegabytes = 500;

export type FilledEtcd = {
  readonly host: BenchHost;
  readonly agent: WatchedAgent;
  readonly member: EtcdHost;
  readonly images: BenchImages;
};

/** Hands it out when it has been filled, and removes all of it in the end. */
export async function withFilledEtcd<Result>(
  { megabytes = usualMegabytes, progress }: BenchmarkOptions,
  act: (filled: FilledEtcd) => Promise<Result>,
): Promise<Result> {
  return withHosts(["h1"], async ({ h1: host }, images) => {
    const member = await createEtcdHost(host, images.w1.etcd);
    try {
      await member.planner("split");
      await deliver(host, await member.hostConfig());
      const agent = await watchAgent(host, images.agent.reference);
      await agent.nextTick(0, ({ result }) => result === "settled");
      await member.planner("split", "--bootstrapped");
      await deliver(host, await member.hostConfig());
      await firstBackup(host);
      progress(`etcd: filling with ${megabytes} MB`);
      await member.load({ fillTo: megabytes * 1e6, perSecond: 1, seconds: 1 }, async () => Promise.resolve());
      return await act({ host, agent, member, images });
    } finally {
      await member.remove();
      await clean(host);
      await host.lab.exec("rm", "-rf", backups);
    }
  });
}

/** Where there is none one is due at once, and so is the drill. */
async function firstBackup({ lab }: BenchHost): Promise<void> {
  await eventually(
    async () => {
      const { newest, restoredAt } = (await readReport(lab)).etcdBackup ?? {};
      return newest !== undefined && restoredAt !== undefined;
    },
    { what: "the first backup is there, and restored in a drill", deadlineMs: 300_000 },
  );
}

export async function byAgent({ lab }: BenchHost, what: "take" | "check"): Promise<void> {
  await lab.docker("exec", agentContainer, "/flexkube-agent", "backup", what);
}
