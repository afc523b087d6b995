// Resources as the engine's numbers and back. Docker takes 0 in an update for "unchanged", so a limit that goes
// is lifted to a value that limits nothing, and that value reads back as "no limit".
import type { Resources } from "#shared/schema/words/words.ts";

/** The part of a create or update body that limits resources. */
export type LimitsBody = {
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly CpuShares?: number;
  readonly PidsLimit?: number;
};

const cpuPeriodMicros = 100_000;
/** 8 PiB: more than any host has, and exact as a JSON number. */
const liftedMemory = 2 ** 53 - 4096;
/** The kernel's default weight is 1024; one more tells a lifted weight from one that was asked for. */
const liftedShares = 1025;

/**
 * Limits of a new container; unset ones are left out. Swap is part of the memory limit (Docker alone would allow as
 * much again). Cores are a quota, not NanoCpus, which no update can lift and which must not exceed the host's cores.
 */
export function limitsOf(resources: Resources): LimitsBody {
  return {
    ...(resources.memoryBytes === undefined
      ? {}
      : { Memory: resources.memoryBytes, MemorySwap: resources.memoryBytes }),
    ...(resources.cpus === undefined
      ? {}
      : { CpuPeriod: cpuPeriodMicros, CpuQuota: Math.round(resources.cpus * cpuPeriodMicros) }),
    ...(resources.cpuShares === undefined ? {} : { CpuShares: resources.cpuShares }),
    ...(resources.pids === undefined ? {} : { PidsLimit: resources.pids }),
  };
}

/** Limits for an update: every field is there, so that unset ones are lifted. */
export function liftedLimitsOf(resources: Resources): Required<LimitsBody> {
  const lifted = {
    Memory: liftedMemory,
    // not -1: Docker would not pass it on
    MemorySwap: liftedMemory,
    CpuPeriod: cpuPeriodMicros,
    CpuQuota: -1,
    CpuShares: liftedShares,
    PidsLimit: -1,
  };
  return { ...lifted, ...limitsOf(resources) };
}

/** What the engine says about limits, as far as we set them. */
export type LimitsAnswer = {
  readonly Memory?: number | null | undefined;
  readonly CpuPeriod?: number | null | undefined;
  readonly CpuQuota?: number | null | undefined;
  readonly NanoCpus?: number | null | undefined;
  readonly CpuShares?: number | null | undefined;
  readonly PidsLimit?: number | null | undefined;
};

/** The resources behind an answer; what is not limited is left out. */
export function resourcesOf(answer: LimitsAnswer): Resources {
  const memoryBytes = positive(answer.Memory);
  const cpus = cpusOf(answer);
  const cpuShares = positive(answer.CpuShares);
  const pids = positive(answer.PidsLimit);
  return {
    ...(memoryBytes === undefined || memoryBytes >= liftedMemory ? {} : { memoryBytes }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(cpuShares === undefined || cpuShares === liftedShares ? {} : { cpuShares }),
    ...(pids === undefined ? {} : { pids }),
  };
}

function cpusOf(answer: LimitsAnswer): number | undefined {
  const nano = positive(answer.NanoCpus);
  if (nano !== undefined) return nano / 1e9;
  const quota = positive(answer.CpuQuota);
  return quota === undefined ? undefined : quota / (positive(answer.CpuPeriod) ?? cpuPeriodMicros);
}

function positive(value: number | null | undefined): number | undefined {
  return value === null || value === undefined || value <= 0 ? undefined : value;
}

const mebibyte = 1024 * 1024;

/**
 * Of the containers that do one thing for the agent: far more than they need, far less than a host has. A commit of eight files of
 * 16 MiB, the largest that there may be, needs between 64 and 128 MiB.
 */
export const helperResources: Resources = { pids: 512, memoryBytes: 512 * mebibyte };

/** Of those that run somebody else's program once: kubectl and Helm read the API's whole schema, a check is the component's own. */
export const toolResources: Resources = { pids: 512, memoryBytes: 1024 * mebibyte };
