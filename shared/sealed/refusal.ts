// Why a host config that came sealed, or should have, is not taken: one code a cause, and what to type. Pure.
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ErrorCode, Problem } from "#shared/errors.ts";
import type { SealedHeader } from "./envelope.ts";

export type SealedCode = Extract<ErrorCode, `SEALED_${string}`>;

export type Refusal = { readonly code: SealedCode; readonly reason: string; readonly hint: string };

/** What this host is, and what it has had. */
export type SealedPast = {
  /** Unset while nothing tells which host it is. */
  readonly cluster?: string | undefined;
  readonly host?: string | undefined;
  /** Of the config in force, and `contentKey` of that where the planner made it. */
  readonly generation?: number | undefined;
  readonly content?: (() => string) | undefined;
  /** A person takes another generation. */
  readonly allowOlder: boolean;
};

/** For which cluster and host, then which generation; undefined when it may be taken. The header has been verified. */
export function refusalOf(header: SealedHeader, past: SealedPast): Refusal | undefined {
  const { cluster, host, generation, previous } = header;
  if (past.cluster !== undefined && cluster !== past.cluster)
    return {
      code: "SEALED_OTHER_CLUSTER",
      reason: `it is for the cluster ${cluster}, and this host is one of ${past.cluster}`,
      hint: `deliver sealed/${past.host ?? "<host>"}.age of ${past.cluster}; flexkube-agent reset takes this host out of it`,
    };
  if (past.host !== undefined && host !== past.host)
    return {
      code: "SEALED_OTHER_HOST",
      reason: `it is for ${host}, and this host is ${past.host}`,
      hint: `deliver sealed/${past.host}.age`,
    };
  if (past.allowOlder || past.generation === undefined) return undefined;
  if (generation < past.generation)
    return {
      code: "SEALED_OLDER",
      reason: `generation ${generation} is older than ${past.generation}, which is in force`,
      hint: "split again and deliver that, or flexkube-agent apply --allow-older",
    };
  if (previous?.generation === past.generation && past.content !== undefined && past.content() !== previous.content)
    return {
      code: "SEALED_OTHER_SPLIT",
      reason: `it follows on another generation ${previous.generation} than the one in force: two splits made it`,
      hint: "split where hosts/ and pki/ are those that were delivered last, or flexkube-agent apply --allow-older",
    };
  return undefined;
}

/** Nothing of it is in force, and nothing changes. */
export function refused({ code, reason, hint }: Refusal, file: string, cause?: unknown): FlexkubeError<SealedCode> {
  return new FlexkubeError(code, "the sealed host config is refused", { file, reason, hint }, { cause });
}

/** The same beside a config that stays in force. */
export function refusalProblem({ code, reason, hint }: Refusal, file: string): Problem {
  return { path: "", problem: `${reason} (${code})`, hint, file };
}

/** What any of these errors says; undefined for others. */
export function refusalIn(error: unknown): (Refusal & { readonly file: string }) | undefined {
  for (const code of sealedCodes) if (isFlexkubeError(error, code)) return { code, ...error.details };
  return undefined;
}

/** Each is told by its own code. */
export const sealedCodes = [
  "SEALED_DAMAGED",
  "SEALED_TOO_LARGE",
  "SEALED_NO_KEY",
  "SEALED_OTHER_KEY",
  "SEALED_NO_SIGNER",
  "SEALED_OTHER_SIGNER",
  "SEALED_OTHER_CLUSTER",
  "SEALED_OTHER_HOST",
  "SEALED_OLDER",
  "SEALED_OTHER_SPLIT",
  "SEALED_REQUIRED",
] as const satisfies readonly SealedCode[];
