// A split in memory and what came of it, for tests of Kubernetes.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

/** The machine in memory. */
export type Machine = ReturnType<typeof fakeMachine>;

/** Splits it; the planner must be content. */
export async function split(config: string, machine: Machine = fakeMachine(config)): Promise<Machine> {
  machine.put("cluster.yaml", config);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

/** The host config of that name. */
export function host(machine: Machine, name: string): HostConfig {
  const found = machine.hosts()[name];
  assert.ok(found);
  return found;
}

/** A certificate among its secrets. */
export function certificateOf(config: HostConfig, name: string): X509Certificate {
  return new X509Certificate(config.secrets[`kubernetes/${name}.crt`] ?? "");
}

/** What the planner remembers. */
export const stateOf = (machine: Machine): unknown => parse(machine.text("pki/state.yaml") ?? "");
