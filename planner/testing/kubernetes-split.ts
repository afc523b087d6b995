// A split in memory and what came of it, for tests of Kubernetes.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { assertContent, machineAfter } from "./machine-after.ts";

/** The machine in memory. */
export type Machine = FakeMachine;

/** Splits it; the planner must be content. Machines of equal configs begin with equal keys, unless a machine is given. */
export async function split(config: string, given?: Machine): Promise<Machine> {
  if (given === undefined) return machineAfter(config, ["split"]);
  given.put("cluster.yaml", config);
  await assertContent(given, ["split"]);
  return given;
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
