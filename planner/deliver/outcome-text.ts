// What became of a delivery, by what the agent wrote to the host's Node. Pure.
import { acknowledgementIn } from "#shared/acknowledgement/acknowledgement.ts";

export type Outcome = { readonly text: string; readonly isGood: boolean };

/** Undefined while the agent has not come to it. `annotation` is what stands at the Node. */
export function outcomeOf(generation: number, annotation: string | undefined): Outcome | undefined {
  const told = acknowledgementIn(annotation);
  if (told === undefined || told.generation < generation) return undefined;
  const { outcome } = told;
  if (told.generation > generation)
    return { text: `generation ${told.generation} is there already, which is newer`, isGood: false };
  if (outcome === "applied") return { text: `generation ${generation} applied`, isGood: true };
  if (outcome === "rolled-back")
    return {
      text: `generation ${generation} did not work and was taken back: flexkube-agent status on the host says what`,
      isGood: false,
    };
  return {
    text: `generation ${generation} refused: ${outcome.refused}: flexkube-agent status on the host says why`,
    isGood: false,
  };
}
