// What hosts without a report have said in etcd, as the proven report of another host carries it. Pure.
import { acknowledgementIn } from "#shared/acknowledgement/acknowledgement.ts";
import type { Finding } from "./finding.ts";
import type { HostReport } from "./host-report.ts";
import { isMemberIn, wordsOfNode } from "./host-words.ts";
import type { HostWords } from "./host-words.ts";
import { judgeWord } from "./judge-node.ts";
import type { AgentWord } from "./node-word.ts";
import { reportLine } from "./report-line.ts";
import type { WantedHost } from "./wanted.ts";

export type ToldInEtcd = AgentWord & {
  /** A report that carries the word knows the host's member as one without a vote. */
  readonly isLearner: boolean;
};

/** Host → its word, of the newest report that has one. */
export function toldInEtcd(reports: readonly HostReport[]): ReadonlyMap<string, ToldInEtcd> {
  const oldestFirst = reports.toSorted((a, b) => a.writtenAt - b.writtenAt);
  const words = oldestFirst.flatMap(({ acknowledgements, learners }) =>
    [...acknowledgements].map(([host, text]) => ({ host, text, isLearner: isMemberIn(learners, host) })),
  );
  return new Map(words.map(({ host, text, isLearner }) => [host, { text, said: acknowledgementIn(text), isLearner }]));
}

export type JudgedWord = { readonly isProven: boolean; readonly words: HostWords; readonly finding: Finding };

/** Always with a finding: a word says what came of a host config, and nobody tells how the host is now. */
export function judgeTold(wanted: WantedHost, told: ToldInEtcd): JudgedWord {
  const { host } = wanted;
  const finding = (kind: Finding["kind"], what: string, hint: string): Finding => ({
    kind,
    host,
    file: undefined,
    what,
    hint,
  });
  const said = wordsOfNode({ ...told, host, ready: "" });
  const words = { ...said, etcd: told.isLearner ? "learner" : said.etcd, kubelet: "-" };
  const refusal = judgeWord(wanted, told, { refuse: finding, place: "in etcd" });
  if (refusal !== undefined) return { isProven: false, words, finding: refusal };
  const carry = `on ${host}: ${reportLine}`;
  if (told.said?.outcome === "rolled-back")
    return { isProven: true, words, finding: finding("failed", "it did not work and was taken back", carry) };
  const what = `no report of it; in etcd it says that generation ${wanted.generation ?? 0} is applied`;
  return { isProven: true, words, finding: finding("no-report", what, carry) };
}
