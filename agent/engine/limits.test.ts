// Resources as the engine's numbers and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { liftedLimitsOf, limitsOf, resourcesOf, helperResources, toolResources } from "./limits.ts";

const resources = { memoryBytes: 67_108_864, cpus: 1.5, cpuShares: 512, pids: 100 };

test("a new container gets only the limits it has, with its swap inside the memory limit", () => {
  assert.deepEqual(limitsOf({}), {});
  assert.deepEqual(limitsOf(resources), {
    Memory: 67_108_864,
    MemorySwap: 67_108_864,
    CpuPeriod: 100_000,
    CpuQuota: 150_000,
    CpuShares: 512,
    PidsLimit: 100,
  });
});

test("limits read back as what they were set to", () => {
  assert.deepEqual(resourcesOf(limitsOf(resources)), resources);
  assert.deepEqual(resourcesOf({ ...limitsOf({}), Memory: 0, CpuQuota: 0, CpuShares: 0, PidsLimit: null }), {});
});

test("an update lifts what is no longer limited, and that reads back as no limit", () => {
  assert.deepEqual(resourcesOf(liftedLimitsOf({})), {});
  assert.deepEqual(resourcesOf(liftedLimitsOf({ pids: 5 })), { pids: 5 });
  assert.deepEqual(resourcesOf(liftedLimitsOf(resources)), resources);
});

test("a weight that equals the kernel's default is a weight", () => {
  assert.deepEqual(resourcesOf(limitsOf({ cpuShares: 1024 })), { cpuShares: 1024 });
});

test("cores set by others as NanoCpus are read", () => {
  assert.deepEqual(resourcesOf({ NanoCpus: 250_000_000 }), { cpus: 0.25 });
});

test("no container that the agent makes for itself is without limits of processes and memory, swap included", () => {
  for (const own of [helperResources, toolResources]) {
    const { PidsLimit = 0, Memory = 0, MemorySwap } = limitsOf(own);

    assert.ok(PidsLimit > 0 && Memory >= 256 * 1024 * 1024);
    assert.equal(MemorySwap, Memory);
  }
});
