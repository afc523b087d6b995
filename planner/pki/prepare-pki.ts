// The PKI's one verb: reads what is there, decides what stays, and makes the rest in memory.
// It must not write; the `write` of what is prepared does, when it is called.
import type { Problem } from "#shared/errors.ts";
import { performActions, type PkiAction } from "./actions.ts";
import { prepareAuthority, type Authority } from "./authority.ts";
import { checkPkiRequests } from "./check-pki-requests.ts";
import { decideLeaf, refuseImpossible, type LeafDecision } from "./decide-leaf.ts";
import { eachLimited } from "./each-limited.ts";
import { finishActions } from "./leaf-actions.ts";
import { leafDates } from "./leaf-dates.ts";
import { readLeaf, type JudgedLeaf, type Life } from "./leaf.ts";
import { authorityWarnings, notYetValidWarnings } from "./pki-warnings.ts";
import { startProgress, type Progress } from "./pki-progress.ts";
import { dueAt } from "./judge-leaf.ts";
import type { PkiCertificate, PkiChange, PkiLeaf, PkiOptions, PreparedPki } from "./types.ts";

const parallelReads = 16;

/** What becomes of one leaf. */
type Settled = {
  readonly leaf: JudgedLeaf;
  readonly id: string;
  readonly pair: PkiCertificate;
  readonly life: Life;
  readonly actions: readonly PkiAction[];
  readonly cause: string | undefined;
  readonly warnings: readonly Problem[];
};

/**
 * Reads, decides and makes; nothing is written before `write`. Keys and certificates that are good stay byte for byte.
 * Throws PKI_UNREADABLE for what cannot be read and PKI_MISMATCH for what contradicts itself, with nothing changed.
 */
export async function preparePki(options: PkiOptions): Promise<PreparedPki> {
  checkPkiRequests(options);
  const now = Math.floor(options.clock.now() / 1000) * 1000;
  const progress = startProgress(options);
  const authorities = await prepareAuthorities(options, now);
  const decisions = await decideLeaves(options, { authorities, now, progress });
  refuseImpossible(decisions);
  const settled = await settleAll(decisions, { now, progress, signal: options.signal });
  return planOf(options, { authorities: [...authorities.values()], settled, now, progress });
}

async function prepareAuthorities(options: PkiOptions, now: number): Promise<ReadonlyMap<string, Authority>> {
  const { cas, directory, io } = options;
  const authorities = new Map<string, Authority>();
  for (const request of cas.toSorted(byId))
    authorities.set(request.id, await prepareAuthority(request, { directory, io, now }));
  return authorities;
}

type Deciding = {
  readonly authorities: ReadonlyMap<string, Authority>;
  readonly now: number;
  readonly progress: Progress;
};

/** Each is judged as it is read, so that no more than a few are there in parsed form. */
async function decideLeaves(
  options: PkiOptions,
  { authorities, now, progress }: Deciding,
): Promise<readonly LeafDecision[]> {
  const { certificates, directory, io, signal, renew } = options;
  const decisions: LeafDecision[] = [];
  const onRead = progress.phase("read", certificates.length);
  await eachLimited(certificates, { limit: parallelReads, signal }, async (request) => {
    const leaf = await readLeaf(request, directory, io);
    const authority = authorities.get(request.ca);
    if (authority !== undefined) decisions.push(decideLeaf(leaf, authority, { now, isAsked: renew?.has(request.id) }));
    onRead();
  });
  return decisions.toSorted((a, b) => byId(a.leaf.request, b.leaf.request));
}

type Issuing = { readonly now: number; readonly progress: Progress; readonly signal: AbortSignal | undefined };

async function settleAll(decisions: readonly LeafDecision[], issuing: Issuing): Promise<readonly Settled[]> {
  const toIssue = decisions.filter(({ kind }) => kind === "issue").length;
  const onIssued = issuing.progress.phase("issue", toIssue);
  const kept = decisions.flatMap((decision) => (decision.kind === "keep" ? [keep(decision)] : []));
  if (toIssue === 0) return kept;
  // only now: what encodes certificates takes time to load
  const { leafIssuer } = await import("./issue-leaf.ts");
  const issue = leafIssuer(issuing.now);
  const issued: Settled[] = [];
  for (const decision of decisions) {
    if (decision.kind !== "issue") continue;
    issuing.signal?.throwIfAborted();
    const { certificate, key, life, actions } = issue(decision.leaf, decision.authority);
    const { id } = decision.leaf.request;
    const pair = { certificate, key };
    issued.push({ leaf: decision.leaf, id, pair, life, actions, cause: decision.cause, warnings: [] });
    onIssued();
  }
  return [...kept, ...issued].toSorted(byId);
}

function keep(decision: LeafDecision & { readonly kind: "keep" }): Settled {
  const { leaf, pair, warnings } = decision;
  const actions = finishActions(leaf);
  const cause = actions.length === 0 ? undefined : "its replacement was interrupted";
  return { leaf, id: leaf.request.id, pair, life: decision.life, actions, cause, warnings };
}

type Outcome = {
  readonly authorities: readonly Authority[];
  readonly settled: readonly Settled[];
  readonly now: number;
  readonly progress: Progress;
};

function planOf(options: PkiOptions, { authorities, settled, now, progress }: Outcome): PreparedPki {
  const causes = [...authorities.map(({ id, cause }) => ({ id: `${id}/ca`, cause })), ...settled];
  const warnings = authorities.flatMap((authority) =>
    authorityWarnings(
      authority,
      options.certificates.filter(({ ca }) => ca === authority.id),
      now,
    ),
  );
  let written: Promise<void> | undefined;
  const write = (total: number): Promise<void> => {
    const writes = {
      directory: options.directory,
      cas: authorities.map(({ actions }) => actions),
      certificates: settled.map(({ actions }) => actions),
    };
    return performActions(writes, { io: options.io, signal: options.signal, onDone: progress.phase("write", total) });
  };
  const changes = causes.flatMap(changeOf).toSorted(byId);
  return {
    cas: new Map(authorities.map(({ id, pem, key }) => [id, { certificate: pem, key: key?.pem }])),
    certificates: new Map(settled.map(({ id, pair }) => [id, pair])),
    leaves: settled.map(leafOf),
    changes,
    dates: leafDates(settled),
    warnings: [
      ...warnings,
      ...notYetValidWarnings(settled, authorities, now),
      ...settled.flatMap((leaf) => leaf.warnings),
    ],
    write: () => (written ??= write(changes.length)),
  };
}

function leafOf({ leaf: { request, certificate }, life: given, cause }: Settled): PkiLeaf {
  const found = certificate?.life;
  return { request, found, given, due: found && dueAt(request, found), cause };
}

function changeOf({ id, cause }: { readonly id: string; readonly cause: string | undefined }): readonly PkiChange[] {
  return cause === undefined ? [] : [{ id, cause }];
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
