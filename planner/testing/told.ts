// What `validate` says of a cluster config, for tables of wrong ones.
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

/** The first seven lines of a cluster config, with three hosts; what a test adds begins in line 8. */
export const head = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.0.0.1 }
  h2: { address: 10.0.0.2 }
  h3: { address: 10.0.0.3 }
`;

/** What is wrong, the config from line 8 on, and what is printed without the file's name. */
export type Case = readonly [what: string, config: string, told: readonly string[]];

/** Lines on standard error. */
export async function told(config: string): Promise<readonly string[]> {
  const { stderr } = await fakeMachine(config).run("validate");
  return stderr.split("\n").filter((line) => line !== "");
}

/** The lines in order, without the file's name. */
export function places(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace("cluster.yaml:", "")).toSorted();
}
