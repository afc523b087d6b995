// What of a step can be told to be the same a while later: its text, and a digest of all that it would do.
import { canonicalPieces, contentDigest } from "#shared/canonical.ts";
import { stepLines } from "#shared/reconcile/print.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { Step } from "#shared/state/step.ts";
import type { StepRow } from "./saved-plan.ts";

/** `hashKey`: the host config's secret of that name, without which a short secret could be guessed from a digest. */
export function stepRow(step: Step, hashKey: string | undefined): StepRow {
  const { component, kind, subject } = step;
  const digest = contentDigest(canonicalPieces(lasting(step)), hashKey);
  return { component, kind, subject, lines: [...stepLines(step)], digest };
}

/** Its arguments without what is of one moment only: times, and the number that Kubernetes counts up when a kubelet says that it lives. */
function lasting(step: Step): unknown {
  switch (step.kind) {
    case "waitHealthy":
      return { ...step.arguments, until: undefined };
    case "recordFailure":
      return { ...step.arguments, verdict: lastingVerdict(step.arguments.verdict) };
    case "settleVerdict":
      return { verdict: step.arguments.verdict && lastingVerdict(step.arguments.verdict) };
    case "patchNode":
      return { ...step.arguments, resourceVersion: undefined };
    case "finishRelease":
      return { ...step.arguments, job: { ...step.arguments.job, until: undefined } };
    default:
      return step.arguments;
  }
}

function lastingVerdict(verdict: Verdict): unknown {
  return { ...verdict, at: undefined, until: undefined };
}
