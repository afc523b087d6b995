// The closed list of errors that planner and agent report, each with its typed details and exit code.
// It must not import anything of ours.

/** Exit codes of both programs. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  changes: 2,
  usage: 64,
  config: 65,
  engine: 69,
  step: 70,
  files: 73,
  locked: 75,
} as const;

/** One thing that is wrong with what a person wrote: where, what, and what to do. */
export type Problem = {
  /** Path inside the document, such as `hosts.h1.address`; "" is the whole document. */
  readonly path: string;
  readonly problem: string;
  readonly hint?: string | undefined;
  /** File name as the user gave it; "-" is standard input. */
  readonly file?: string | undefined;
  /** 1-based line and column of the offending node, where the source is known. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
};

/** A sealed host config that is not taken, or an unsealed one where only sealed ones are: why, and what to type. */
type Sealed = { readonly file: string; readonly reason: string; readonly hint: string };

/** One thing that is not as it was when a plan was saved. */
export type PlanDifference = {
  /** "" for what is no component's, such as a batch of files of several. */
  readonly component: string;
  readonly what: string;
  readonly was: string;
  readonly is: string;
};

/** A saved plan that is not applied: why, and what to type. */
type SavedPlan = { readonly file: string; readonly reason: string; readonly hint: string };

/** Details that each code carries; a code without an entry here does not exist. */
export type ErrorDetails = {
  CONFIG_INVALID: { readonly problems: readonly Problem[] };
  CONFIG_UNREADABLE: { readonly file: string; readonly reason: string };
  CONFIG_OTHER_CLUSTER: { readonly wanted: string; readonly found: string; readonly container: string };
  SEALED_DAMAGED: Sealed;
  SEALED_TOO_LARGE: Sealed;
  SEALED_NO_KEY: Sealed;
  SEALED_OTHER_KEY: Sealed;
  SEALED_NO_SIGNER: Sealed;
  SEALED_OTHER_SIGNER: Sealed;
  SEALED_OTHER_CLUSTER: Sealed;
  SEALED_OTHER_HOST: Sealed;
  SEALED_OLDER: Sealed;
  SEALED_OTHER_SPLIT: Sealed;
  SEALED_REQUIRED: Sealed;
  IMAGE_UNRESOLVED: { readonly images: readonly { readonly image: string; readonly reason: string }[] };
  PKI_UNREADABLE: { readonly file: string; readonly reason: string };
  PKI_MISMATCH: { readonly file: string; readonly reason: string };
  PKI_LOST: { readonly problems: readonly Problem[] };
  PKI_UNWRITABLE: { readonly file: string; readonly reason: string };
  PKI_LOCKED: { readonly directory: string; readonly holder: string; readonly since: string };
  PKI_LOCK_LOST: { readonly directory: string };
  ENGINE_UNREACHABLE: { readonly call: string; readonly reason: string };
  ENGINE_NOT_FOUND: { readonly call: string; readonly reason: string };
  ENGINE_CONFLICT: { readonly call: string; readonly reason: string };
  ENGINE_REFUSED: { readonly call: string; readonly status: number; readonly reason: string };
  ENGINE_TIMEOUT: { readonly call: string; readonly afterMs: number };
  ENGINE_SELF_UNKNOWN: { readonly reason: string };
  ENGINE_UNSUPPORTED: { readonly reason: string };
  ETCD_UNREACHABLE: { readonly call: string; readonly reason: string };
  ETCD_REFUSED: { readonly call: string; readonly status: number; readonly reason: string };
  KUBERNETES_UNREACHABLE: { readonly call: string; readonly reason: string };
  KUBERNETES_NOT_FOUND: { readonly call: string; readonly reason: string };
  KUBERNETES_CONFLICT: { readonly call: string; readonly reason: string };
  KUBERNETES_REFUSED: { readonly call: string; readonly status: number; readonly reason: string };
  FILES_BLOCKED: { readonly path: string; readonly found: string; readonly wanted: string };
  FILES_UNREADABLE: { readonly path: string; readonly reason: string };
  FILES_UNWRITABLE: { readonly path: string; readonly reason: string };
  FILES_CHECK_FAILED: { readonly container: string; readonly exitCode: number; readonly output: string };
  PLAN_DAMAGED: SavedPlan;
  PLAN_OTHER_VERSION: SavedPlan;
  PLAN_OTHER_CLUSTER: SavedPlan;
  PLAN_OTHER_HOST: SavedPlan;
  PLAN_OTHER_CONFIG: SavedPlan;
  PLAN_OUTDATED: { readonly file: string; readonly differences: readonly PlanDifference[] };
  STEP_FAILED: { readonly step: string; readonly reason: string };
  STEP_UNHEALTHY: { readonly container: string; readonly reason: string };
  STEP_LOCKED: { readonly holder: string; readonly since: string };
  STEP_LOCK_LOST: { readonly holder: string };
  STEP_WAITING: { readonly reason: string };
  STEP_CUT_SHORT: { readonly container?: string | undefined; readonly reason: string };
  INTERNAL_USAGE: { readonly argument: string; readonly reason: string };
  INTERNAL_BUG: { readonly reason: string };
};

export type ErrorCode = keyof ErrorDetails;

/** Every error that leaves a module of ours. `message` is a static sentence; data is in `details`. */
export class FlexkubeError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "FlexkubeError";
  readonly code: Code;
  readonly details: ErrorDetails[Code];

  constructor(code: Code, message: string, details: ErrorDetails[Code], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** True for our errors, also across bundles; with a code, only for that one. */
export function isFlexkubeError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is FlexkubeError<Code> {
  return (
    error instanceof Error &&
    error.name === "FlexkubeError" &&
    "code" in error &&
    (code === undefined || error.code === code)
  );
}

/** What a program ends with, code by code; README.md shows the same table. */
export const exitCodeByError: { readonly [Code in ErrorCode]: number } = {
  CONFIG_INVALID: exitCodes.config,
  CONFIG_UNREADABLE: exitCodes.config,
  CONFIG_OTHER_CLUSTER: exitCodes.config,
  SEALED_DAMAGED: exitCodes.config,
  SEALED_TOO_LARGE: exitCodes.config,
  SEALED_NO_KEY: exitCodes.config,
  SEALED_OTHER_KEY: exitCodes.config,
  SEALED_NO_SIGNER: exitCodes.config,
  SEALED_OTHER_SIGNER: exitCodes.config,
  SEALED_OTHER_CLUSTER: exitCodes.config,
  SEALED_OTHER_HOST: exitCodes.config,
  SEALED_OLDER: exitCodes.config,
  SEALED_OTHER_SPLIT: exitCodes.config,
  SEALED_REQUIRED: exitCodes.config,
  IMAGE_UNRESOLVED: exitCodes.engine,
  PKI_UNREADABLE: exitCodes.config,
  PKI_MISMATCH: exitCodes.config,
  PKI_LOST: exitCodes.config,
  PKI_UNWRITABLE: exitCodes.config,
  PKI_LOCKED: exitCodes.locked,
  PKI_LOCK_LOST: exitCodes.locked,
  ENGINE_UNREACHABLE: exitCodes.engine,
  ENGINE_NOT_FOUND: exitCodes.engine,
  ENGINE_CONFLICT: exitCodes.engine,
  ENGINE_REFUSED: exitCodes.engine,
  ENGINE_TIMEOUT: exitCodes.engine,
  ENGINE_SELF_UNKNOWN: exitCodes.engine,
  ENGINE_UNSUPPORTED: exitCodes.engine,
  ETCD_UNREACHABLE: exitCodes.engine,
  ETCD_REFUSED: exitCodes.engine,
  KUBERNETES_UNREACHABLE: exitCodes.engine,
  KUBERNETES_NOT_FOUND: exitCodes.engine,
  KUBERNETES_CONFLICT: exitCodes.engine,
  KUBERNETES_REFUSED: exitCodes.engine,
  FILES_BLOCKED: exitCodes.files,
  FILES_UNREADABLE: exitCodes.files,
  FILES_UNWRITABLE: exitCodes.files,
  FILES_CHECK_FAILED: exitCodes.files,
  PLAN_DAMAGED: exitCodes.config,
  PLAN_OTHER_VERSION: exitCodes.config,
  PLAN_OTHER_CLUSTER: exitCodes.config,
  PLAN_OTHER_HOST: exitCodes.config,
  PLAN_OTHER_CONFIG: exitCodes.config,
  PLAN_OUTDATED: exitCodes.changes,
  STEP_FAILED: exitCodes.step,
  STEP_UNHEALTHY: exitCodes.step,
  STEP_LOCKED: exitCodes.locked,
  STEP_LOCK_LOST: exitCodes.locked,
  STEP_WAITING: exitCodes.step,
  STEP_CUT_SHORT: exitCodes.step,
  INTERNAL_USAGE: exitCodes.usage,
  INTERNAL_BUG: exitCodes.internal,
};

/** The exit code of a program that ends with this error. */
export function exitCodeOf(error: unknown): number {
  return isFlexkubeError(error) ? exitCodeByError[error.code] : exitCodes.internal;
}
