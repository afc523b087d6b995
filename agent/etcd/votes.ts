// Which members of etcd vote and which learn, as a client of etcd sees it, who has no certificate for the peer ports.
import { at, listAt } from "#shared/json-fields.ts";
import type { ApiServerStorage } from "#shared/state/api-server-storage-rule.ts";
import { createEtcdGateway } from "./gateway.ts";
import type { EtcdCall } from "./gateway.ts";

/** Client URLs. */
export type VotesTold = {
  readonly learners: readonly string[];
  /** Undefined while one of them has never started: etcd does not know its client URLs. */
  readonly voters: readonly string[] | undefined;
};

/** Of those that have started; undefined when nobody tells. Rejects only with the signal's reason. */
export async function etcdVotes(rule: ApiServerStorage, options: EtcdCall): Promise<VotesTold | undefined> {
  try {
    const answer = await createEtcdGateway(rule).call("cluster/member/list", {}, options);
    const members = listAt(answer, "members").map((member) => ({
      isLearner: at(member, "isLearner") === true,
      urls: listAt(member, "clientURLs").map(String),
    }));
    const voters = members.filter(({ isLearner }) => !isLearner);
    const isWhole = voters.length > 0 && voters.every(({ urls }) => urls.length > 0);
    return {
      learners: members.filter(({ isLearner }) => isLearner).flatMap(({ urls }) => urls),
      voters: isWhole ? voters.flatMap(({ urls }) => urls) : undefined,
    };
  } catch {
    // without a quorum nobody tells, and an API server could not do anything either
    options.signal?.throwIfAborted();
    return undefined;
  }
}
