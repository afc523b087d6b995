// A split in memory and what came of it, for tests of Kubernetes.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

/** The machine in memory. */
export type Machine = ReturnType<typeof fakeMachine>;

/** First splits by their config, the oldest first: most tests begin with one, and it is the dearest thing they do. */
const firstSplits = new Map<string, Machine>();
const mostKept = 20;

/** Splits it; the planner must be content. Machines of equal configs begin with equal keys, unless a new machine is given. */
export async function split(config: string, given?: Machine): Promise<Machine> {
  const known = given === undefined ? firstSplits.get(config) : undefined;
  if (known !== undefined) return known.copy();
  const machine = given ?? fakeMachine(config);
  machine.put("cluster.yaml", config);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  if (given !== undefined) return machine;
  const [oldest] = firstSplits.size < mostKept ? [] : firstSplits.keys();
  if (oldest !== undefined) firstSplits.delete(oldest);
  firstSplits.set(config, machine.copy());
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
