// What is true of every step of a kind, whatever it is about. A kind without an entry does not compile, so no list elsewhere can
// forget one.
import type { ErrorCode } from "#shared/errors.ts";
import type { Step, StepArguments, StepKind, StepOf } from "./step.ts";

type Traits<Kind extends StepKind> = {
  /** What it changes: the host, the cluster's Node or objects, or only what an interrupted step left behind. */
  readonly place: "host" | "node" | "objects" | "leftover";
  /** The image that must be there before it. */
  readonly image: ((step: StepArguments[Kind]) => string) | undefined;
  /** A container begins with it, so what holds back a start holds it back. */
  readonly starts: boolean;
  /** Codes of failures that are answers to what the config asks for: the component gets a verdict, and the plan is made anew. */
  readonly refusedBy: readonly ErrorCode[];
  /**
   * Codes of failures that say that the world has changed since it was looked at, so that the plan is made anew. ENGINE_REFUSED counts
   * only with a status of 500 or more.
   */
  readonly outdatedBy: readonly ErrorCode[];
};

const onHost = { place: "host", image: undefined, starts: false, refusedBy: [], outdatedBy: [] } as const;
/** What names a container by what was seen of it, which may have ended, be between two restarts or be gone since. */
const onContainer = { ...onHost, outdatedBy: ["ENGINE_NOT_FOUND", "ENGINE_CONFLICT", "ENGINE_REFUSED"] } as const;
const onObjects = { ...onHost, place: "objects" } as const;

export const stepTraits: { readonly [Kind in StepKind]: Traits<Kind> } = {
  removeHelper: { ...onHost, place: "leftover" },
  fetchImage: onHost,
  commitFiles: onHost,
  giveDirectories: { ...onHost, refusedBy: ["FILES_UNWRITABLE", "ENGINE_REFUSED"] },
  restoreData: { ...onHost, image: ({ image }) => image },
  swapData: onHost,
  renameContainer: onContainer,
  updateContainer: onContainer,
  createContainer: { ...onContainer, image: ({ spec }) => spec.image, starts: true, refusedBy: ["ENGINE_REFUSED"] },
  startContainer: { ...onContainer, starts: true, refusedBy: ["ENGINE_REFUSED"] },
  stopContainer: onContainer,
  removeContainer: onContainer,
  mendHost: onHost,
  checkFiles: { ...onHost, image: ({ spec }) => spec.image, refusedBy: ["FILES_CHECK_FAILED"] },
  signalContainer: onContainer,
  waitHealthy: { ...onHost, outdatedBy: ["STEP_UNHEALTHY"] },
  recordFailure: onHost,
  takeDisruption: onHost,
  freeDisruption: onHost,
  patchNode: { ...onHost, place: "node", outdatedBy: ["KUBERNETES_CONFLICT"] },
  applyManifest: { ...onObjects, image: ({ image }) => image },
  pruneObjects: onObjects,
  installRelease: { ...onObjects, image: ({ image }) => image },
  uninstallRelease: { ...onObjects, image: ({ image }) => image },
  finishRelease: onObjects,
  settleVerdict: onHost,
};

/** The image that must be there before the step. */
export function imageOfStep<Kind extends StepKind>(step: StepOf<Kind>): string | undefined {
  // the entry is that of the step's own kind, which the union hides
  const { image } = stepTraits[step.kind] as Traits<Kind>;
  return image?.(step.arguments as StepArguments[Kind]);
}

export function startsContainer(steps: readonly Step[]): boolean {
  return steps.some(({ kind }) => stepTraits[kind].starts);
}
