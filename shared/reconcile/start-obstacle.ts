// Whether this host could start its etcd member if etcd had just added it: one that is added and never starts is a learner that stays, and etcd
// takes no other one meanwhile.
import { startsContainer } from "#shared/state/step-traits.ts";
import type { DesiredContainer, EtcdStartRule } from "#shared/state/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";
import { planContainer } from "./container/plan-container.ts";
import { hasData } from "./etcd/etcd-gate.ts";
import { replaceHint } from "./etcd/etcd-start.ts";
import type { Context } from "./parts/context.ts";

/** What stands in the way of its start, for people; undefined where nothing does, or where no member changes by itself. */
export function startObstacle(context: Context): string | undefined {
  const { desired, observed } = context;
  const member = desired.containers.find(({ name }) => name === desired.etcdMembers?.container);
  if (member?.etcd === undefined) return undefined;
  if (hasData(context, member))
    return `${member.etcd.dataDirectory} holds a member's data already; ${replaceHint(member.etcd)}`;
  const etcd = new Map(observed.etcd).set(member.name, asAdded(member.etcd, observed.etcd.get(member.name)));
  const part = planContainer({ ...context, observed: { ...observed, etcd } }, member);
  if (!startsContainer([...part.early, ...part.main])) return reasonOf(part.blocked);
  return imageObstacle(context, member, part.images);
}

function reasonOf(blocked: readonly { readonly reason: string }[]): string | undefined {
  return blocked.length === 0 ? undefined : blocked.map(({ reason }) => reason).join("; ");
}

function imageObstacle(
  { observed }: Context,
  { spec }: DesiredContainer,
  images: readonly string[],
): string | undefined {
  const found = images.includes(spec.image) ? observed.images.get(spec.image) : true;
  if (found === true) return undefined;
  return `image ${spec.image} ${typeof found === "object" ? `cannot be looked at: ${found.unknown}` : "is not here"}`;
}

/** The evidence as it is, but that each peer lists this member, as it does after it was added. */
function asAdded({ peers, peerUrl }: EtcdStartRule, evidence: EtcdEvidence | undefined): EtcdEvidence {
  const others: readonly EtcdMemberSeen[] = peers.map((peer) => ({
    name: peer.name,
    peerUrls: [peer.peerUrl],
    clientUrls: [peer.clientUrl],
  }));
  const list = [...others, { name: "", peerUrls: [peerUrl], clientUrls: [], isLearner: true }];
  return { healthy: [], ...evidence, peers: new Map(peers.map(({ name }) => [name, list])) };
}
