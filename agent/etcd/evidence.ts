// Asks the other etcd members what they know. Only gathers; what follows from it is decided in shared/reconcile.
import { httpExchange } from "#agent/http/http-exchange.ts";
import type { EtcdStartRule } from "#shared/reconcile/desired.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/reconcile/observed.ts";

export type EtcdEvidenceOptions = {
  /** Limit of each request; all run at once. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
};

type Tls = { readonly ca: string; readonly certificate: string; readonly key: string };

/**
 * Per peer its member list (peer port: it answers without a quorum) and its health (client port: only with one).
 * A peer that is out of reach, or answers anything else, is no evidence. Rejects only with the signal's reason.
 */
export async function gatherEtcdEvidence(rule: EtcdStartRule, options: EtcdEvidenceOptions): Promise<EtcdEvidence> {
  const tls = { ca: rule.tls.ca, certificate: rule.tls.certificate, key: rule.tls.key.reveal() };
  const answers = await Promise.all(
    rule.peers.map(async (peer) => {
      const [members, healthy] = await Promise.all([
        ask(`${peer.peerUrl}/members`, { ...options, tls, read: membersIn }),
        ask(`${peer.clientUrl}/health`, { ...options, tls, read: healthIn }),
      ]);
      return { name: peer.name, members, healthy: healthy === true };
    }),
  );
  return {
    peers: new Map(answers.map(({ name, members }) => [name, members])),
    healthy: answers.flatMap(({ name, healthy }) => (healthy ? [name] : [])).toSorted(),
  };
}

async function ask<Answer>(
  url: string,
  options: EtcdEvidenceOptions & { readonly tls: Tls; readonly read: (body: unknown) => Answer | undefined },
): Promise<Answer | undefined> {
  const { tls, signal, deadlineMs } = options;
  try {
    const { status, body } = await httpExchange(new URL(url), { timeoutMs: deadlineMs, signal, tls });
    return status === 200 ? options.read(JSON.parse(body)) : undefined;
  } catch {
    // out of reach, refused by TLS, or no JSON: this peer says nothing
    signal?.throwIfAborted();
    return undefined;
  }
}

function membersIn(body: unknown): readonly EtcdMemberSeen[] | undefined {
  if (!Array.isArray(body)) return undefined;
  const members = body.map(memberIn).filter((member) => member !== undefined);
  return members.length === body.length ? members : undefined;
}

/** etcd leaves out empty fields: a member that was added and never started has neither name nor clientURLs. */
function memberIn(item: unknown): EtcdMemberSeen | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const field = (name: string): unknown => Object.entries(item).find(([key]) => key === name)?.[1];
  const name = field("name") ?? "";
  const peerUrls = urlsIn(field("peerURLs"));
  const clientUrls = urlsIn(field("clientURLs"));
  if (typeof name !== "string" || peerUrls === undefined || clientUrls === undefined) return undefined;
  return { name, peerUrls, clientUrls };
}

function urlsIn(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const urls = value.filter((url) => typeof url === "string");
  return urls.length === value.length ? urls : undefined;
}

/** `{"health":"true"}`; 3.4 says it this way too. */
function healthIn(body: unknown): boolean {
  return typeof body === "object" && body !== null && "health" in body && String(body.health) === "true";
}
