// What a step means for the ledger. The agent writes it, previews and laws count on it: both by these two functions.
import type { Ledger, Verdict } from "#shared/state/ledger.ts";
import type { Step } from "#shared/state/step.ts";
import { ledgerAfterCommit, ledgerBeforeCommit } from "./ledger-commit.ts";
import { ownValue } from "#shared/own-value.ts";

export type Beginning = {
  /** Epoch milliseconds at which the step begins. */
  readonly now: number;
  /** Directories that a commit makes on the way to its files. */
  readonly parents?: readonly string[] | undefined;
};

/** What must be remembered before the step begins, since the agent may die within it. The same ledger when that is nothing. */
export function ledgerBefore(ledger: Ledger, step: Step, { now, parents }: Beginning): Ledger {
  if (step.kind === "commitFiles") return ledgerBeforeCommit(ledger, step.arguments, parents);
  if (step.kind !== "waitHealthy" || step.arguments.grantedTo === undefined) return ledger;
  const granted = { container: step.arguments.grantedTo, since: now };
  return { ...ledger, trials: { ...ledger.trials, [step.subject]: granted } };
}

/** The ledger once the step has succeeded. The same ledger when nothing is to be remembered of it. */
export function ledgerAfter(ledger: Ledger, step: Step): Ledger {
  switch (step.kind) {
    case "commitFiles":
      return ledgerAfterCommit(ledger, step.arguments);
    case "signalContainer":
      return delivered(ledger, step.arguments.id, step.arguments.delivers);
    case "waitHealthy":
      return proven(ledger, step.subject, step.arguments.digest);
    case "recordFailure":
    case "settleVerdict":
      return withVerdict(ledger, step.subject, step.arguments.verdict);
    case "applyManifest":
    case "finishRelease":
      // what failed last is forgotten
      return withVerdict(ledger, step.component, undefined);
    default:
      return ledger;
  }
}

function delivered(ledger: Ledger, container: string, delivers: Readonly<Record<string, string>>): Ledger {
  const added = Object.entries(delivers).map(([path, digest]) => [path, { container, digest }] as const);
  if (added.length === 0) return ledger;
  return { ...ledger, delivered: { ...ledger.delivered, ...Object.fromEntries(added) } };
}

/** A wait with an empty digest is for a container that came back: it proves nothing new. */
function proven(ledger: Ledger, name: string, digest: string): Ledger {
  if (digest === "") return ledger;
  const verdict = ledger.verdicts[name];
  const known =
    ledger.proven[name] === digest && ownValue(ledger.trials, name) === undefined && verdict?.digest !== digest;
  if (known) return ledger;
  return {
    ...(verdict?.digest === digest ? withVerdict(ledger, name, undefined) : ledger),
    proven: { ...ledger.proven, [name]: digest },
    trials: without(ledger.trials, name),
  };
}

/** The verdict on a container or on objects of the cluster; undefined forgets it. */
export function withVerdict(ledger: Ledger, name: string, verdict: Verdict | undefined): Ledger {
  if (verdict === undefined && ownValue(ledger.verdicts, name) === undefined) return ledger;
  const others = without(ledger.verdicts, name);
  return { ...ledger, verdicts: verdict === undefined ? others : { ...others, [name]: verdict } };
}

function without<Value>(record: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}
