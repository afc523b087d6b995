// Names of all that the agent keeps in its state directory, and of a saved plan where the documents put it. What is not listed cannot be read or written there, and makes the directory
// somebody else's.

export const stateFiles = [
  "ledger.json",
  "in-force.yaml",
  "last-good.yaml",
  "identity.key",
  "delivery.json",
  "sightings.json",
  "care.json",
  "runs.json",
  "report.json",
  "events.jsonl",
  "events.1.jsonl",
  "stopped",
  "plan.json",
] as const;

export type StateFile = (typeof stateFiles)[number];

/** What goes with a reset, in this order: it holds secrets, or what is remembered of them and of what is gone. */
export const forgottenFiles: readonly StateFile[] = [
  "in-force.yaml",
  "last-good.yaml",
  "delivery.json",
  "sightings.json",
  "care.json",
  "runs.json",
  "ledger.json",
  "plan.json",
];
