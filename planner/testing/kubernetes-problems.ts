// Problems of a config with Kubernetes, as a user sees them.
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { threeHosts } from "./kubernetes-cluster.ts";

export const etcd = "etcd: { hosts: h1 }\n";
/** A control plane on one host. */
export const plane = `kubernetes: { version: 1.36.3 }\n${etcd}controlPlane: { hosts: h1 }\n`;
/** A cluster: that, and a kubelet on every host. */
export const base = `${plane}kubelets: { all: { hosts: all } }\n`;

/** What `validate` prints of this config after `threeHosts`, a line a problem, without the file's name. */
export async function output(
  config: string,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<readonly string[]> {
  const machine = fakeMachine(threeHosts + config);
  for (const [name, bytes] of Object.entries(files)) machine.files.set(name, { bytes, mode: 0o600 });
  const { stderr } = await machine.run("validate");
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace("cluster.yaml:", ""));
}
