// More containers of ours for a name than the one it shall have: strays go, the chosen one gets the name.
import { stepFor } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { discardSteps, outOfLoop } from "./replace-container.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { Step } from "#shared/state/step.ts";

export function surplusSteps(desired: DesiredContainer, slot: Slot): readonly Step[] {
  return [
    ...slot.surplus.flatMap((container) => discardSteps(desired, container, "one container a component")),
    ...(slot.renamed && slot.current !== undefined
      ? [
          ...outOfLoop(desired, slot, slot.current),
          stepFor("renameContainer", desired, "renamed", {
            id: slot.current.id,
            from: slot.current.name,
            to: desired.name,
            once: desired.once,
          }),
        ]
      : []),
  ];
}
