// Which members of etcd are learners, as a client of etcd sees it, who has no certificate for the peer ports.
import { at } from "#agent/http/json-fields.ts";
import type { ApiServerStorage } from "#shared/state/desired.ts";
import { createEtcdGateway } from "./gateway.ts";
import type { EtcdCall } from "./gateway.ts";

/** Client URLs of those that have started; undefined when nobody tells. Rejects only with the signal's reason. */
export async function etcdLearners(rule: ApiServerStorage, options: EtcdCall): Promise<readonly string[] | undefined> {
  try {
    const answer = await createEtcdGateway(rule).call("cluster/member/list", {}, options);
    const members = at(answer, "members");
    if (!Array.isArray(members)) return undefined;
    return members.flatMap((member: unknown) => {
      const urls = at(member, "clientURLs");
      return at(member, "isLearner") === true && Array.isArray(urls) ? urls.map(String) : [];
    });
  } catch {
    // without a quorum nobody tells, and an API server could not do anything either
    options.signal?.throwIfAborted();
    return undefined;
  }
}
