// What a step that is done means for the ledger, written when it means anything.
import type { Effects } from "./effects.ts";
import { ledgerAfter } from "#shared/reconcile/ledger/ledger-after.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { Step } from "#shared/state/step.ts";

/** The step has succeeded. */
export async function remember(step: Step, effects: Pick<Effects, "ledger">): Promise<void> {
  await keep(ledgerAfter(effects.ledger.read(), step), effects);
}

export async function keep(next: Ledger, { ledger }: Pick<Effects, "ledger">): Promise<void> {
  if (next !== ledger.read()) await ledger.write(next);
}
