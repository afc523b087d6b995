// What requests to a member of etcd with 500 MB wait while it is backed up, beside the minutes before and after.
import { eachRound, type Benchmark } from "../benchmark.ts";
import type { EtcdHost } from "../etcd-host.ts";
import type { Figure } from "../figure.ts";
import { byAgent, usualMegabytes, withFilledEtcd } from "../filled-etcd.ts";
import { percentile } from "../statistics.ts";

/** Half of them writes. */
const minute = { fillTo: 0, perSecond: 100, seconds: 60 };
const limitMs = 1000;
/** What keeps requests waiting for longer while nothing is backed up would do so during a backup, too. */
const calmMs = 250;
const nothing = async (): Promise<void> => Promise.resolve();

export const etcdBackup: Benchmark = async (options) =>
  withFilledEtcd(options, async ({ host, member }) => {
    const { rounds = 3, megabytes = usualMegabytes, progress } = options;
    // it is busy with what it was filled with
    await late(member, nothing);
    const acts = { take: async () => byAgent(host, "take"), check: async () => byAgent(host, "check") };
    const [taken, checked]: [Beside[], Beside[]] = [[], []];
    let before = await late(member, nothing);
    const beside = async (act: () => Promise<void>): Promise<Beside> => {
      const [during, after] = [await late(member, act), await late(member, nothing)];
      const quiet = Math.max(before, after);
      progress(
        `etcd, backup: ${[before, during, after].map((ms) => ms.toFixed(0)).join(", ")} ms before, during, after`,
      );
      before = after;
      return { during, quiet };
    };
    await eachRound(rounds, { what: "etcd, backup", progress }, async () => {
      taken.push(await beside(acts.take));
      checked.push(await beside(acts.check));
    });
    const work = `etcd of ${megabytes} MB`;
    return [
      figure(work, "while a backup is made", taken),
      figure(work, "while backups are read and one is restored in a drill", checked),
    ];
  });

/** Of the minute in which something is done, and of the worse one of those before and after. */
type Beside = { readonly during: number; readonly quiet: number };

function figure(work: string, words: string, samples: readonly Beside[]): Figure {
  return {
    work,
    quantity: `99.9 % of requests within, ${words}`,
    unit: "ms",
    ours: samples.map(({ during }) => during),
    bare: samples.map(({ quiet }) => quiet),
    goals: [{ kind: "at-most-when-calm", limit: limitMs, calm: calmMs }],
  };
}

/** The 99.9th percentile of a minute's requests, of more where what is done takes longer. */
async function late(member: EtcdHost, act: () => Promise<void>): Promise<number> {
  return percentile(await member.load(minute, act), 99.9);
}
