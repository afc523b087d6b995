// What is done about one leaf, given what can be done: a CA whose key is not here issues nothing.
// Pure: it must not read, make or write anything.
import { FlexkubeError, type Problem } from "#shared/errors.ts";
import type { Authority, IssuingAuthority } from "./authority.ts";
import { timeText } from "./certificate.ts";
import { judgeLeaf } from "./judge-leaf.ts";
import type { JudgedLeaf, Leaf, Life } from "./leaf.ts";
import { judgedLeaf } from "./leaf.ts";
import { renewalWarning } from "./pki-warnings.ts";
import type { PkiCertificate } from "./types.ts";

export type LeafDecision =
  | {
      readonly kind: "keep";
      readonly leaf: JudgedLeaf;
      readonly pair: PkiCertificate;
      readonly life: Life;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: "issue"; readonly leaf: JudgedLeaf; readonly authority: IssuingAuthority; readonly cause: string }
  | { readonly kind: "refuse"; readonly leaf: JudgedLeaf; readonly refusal: Refusal; readonly cause: string };

/** Why nothing can be issued, and what to do about it; one object per CA and reason. */
type Refusal = {
  readonly code: "PKI_UNREADABLE" | "PKI_MISMATCH";
  readonly message: string;
  readonly file: string;
  readonly advice: string;
};

/** `isAsked`: it is made anew, though it may be good. */
export function decideLeaf(
  found: Leaf,
  authority: Authority,
  { now, isAsked = false }: { readonly now: number; readonly isAsked?: boolean | undefined },
): LeafDecision {
  const leaf = judgedLeaf(found);
  // a new CA of the same name would cut off everything that trusts the lost one
  if (authority.isNew && found.certificate?.parsed.issuer === authority.certificate.subject)
    return { kind: "refuse", leaf, refusal: lost(authority), cause: "issued by the CA that is missing" };

  const life = judgeLeaf(found, authority, now);
  const judged = isAsked && life.kind !== "issue" ? ({ kind: "issue", cause: "it was asked for" } as const) : life;
  if (judged.kind === "keep") return { kind: "keep", leaf, pair: judged.pair, life: judged.life, warnings: [] };
  const { cause } = judged;
  if (canIssue(authority)) {
    const refusal = outOfLife(authority, now);
    return refusal === undefined ? { kind: "issue", leaf, authority, cause } : { kind: "refuse", leaf, refusal, cause };
  }
  if (judged.kind === "renew")
    return { kind: "keep", leaf, pair: judged.pair, life: judged.life, warnings: [renewalWarning(leaf, authority)] };
  return { kind: "refuse", leaf, refusal: heldElsewhere(authority), cause };
}

/** Throws PKI_MISMATCH or PKI_UNREADABLE when something wanted cannot be had, naming all that shares the reason. */
export function refuseImpossible(decisions: readonly LeafDecision[]): void {
  const refused = decisions.filter((decision) => decision.kind === "refuse");
  const first = refused[0]?.refusal;
  if (first === undefined) return;
  const same = refused.filter(({ refusal }) => refusal.file === first.file && refusal.message === first.message);
  const named = same.slice(0, 10).map(({ leaf, cause }) => `${leaf.request.id} (${cause})`);
  const more = same.length > named.length ? ` and ${same.length - named.length} more` : "";
  throw new FlexkubeError(first.code, first.message, {
    file: first.file,
    reason: `${first.advice}: ${named.join(", ")}${more}`,
  });
}

function canIssue(authority: Authority): authority is IssuingAuthority {
  return authority.key !== undefined;
}

function lost({ keyFile }: Authority): Refusal {
  return {
    code: "PKI_UNREADABLE",
    message: "a CA is missing whose certificates are in use",
    file: keyFile,
    advice: "restore the CA's certificate and key from a backup, or remove these certificates to begin with a new CA",
  };
}

function heldElsewhere({ keyFile }: Authority): Refusal {
  return {
    code: "PKI_MISMATCH",
    message: "a CA's key is held elsewhere, and certificates must be issued with it",
    file: keyFile,
    advice: "have these issued where the key is held and put certificate and key here, or put the CA's key here",
  };
}

function outOfLife({ certificateFile, life }: Authority, now: number): Refusal | undefined {
  if (now >= life.notBefore && now < life.notAfter) return undefined;
  return {
    code: "PKI_MISMATCH",
    message: "a CA is not valid now, so it cannot issue certificates",
    file: certificateFile,
    advice: `valid from ${timeText(life.notBefore)} to ${timeText(life.notAfter)}; check this machine's clock, or replace the CA; wanted from it`,
  };
}
