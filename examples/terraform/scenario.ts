// What the scenarios with the real Terraform or OpenTofu begin with.
import type { TestContext } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { workspaceFor } from "./workspace.ts";
import type { RunOptions, Workspace } from "./workspace.ts";

/** The program, and commands that are provider and planner. */
export type Real = {
  readonly program: string;
  readonly provider: readonly string[];
  readonly planner: readonly string[];
};

export type Scenario = (t: TestContext, real: Real) => Promise<void>;

export const privateKey = "PRIVATE KEY";
export const auto = ["-auto-approve", "-no-color", "-input=false"];
export const planned = ["plan", "-no-color", "-input=false", "-out=some.tfplan"];
/** Ends with 2 where something would change. */
export const nothingLeft = ["plan", "-no-color", "-input=false", "-detailed-exitcode"];
export const protectedCluster = "  lifecycle { prevent_destroy = true }\n";

export const head = `terraform {
  required_providers {
    flexkube = { source = "flexkube/flexkube" }
  }
}
`;

export const clusterWith = (lines = ""): string => `resource "flexkube_cluster" "this" {
  config = file("\${path.module}/cluster.yaml")
${lines}}
`;

export async function begin(t: TestContext, real: Real, main: string, config = smallCluster): Promise<Workspace> {
  const workspace = await workspaceFor(t, real);
  await workspace.write("main.tf", head + main);
  await workspace.write("cluster.yaml", config);
  return workspace;
}

/** Where keys lie: lines of the resource, what else stands in the module, and the environment of each command. */
export type KeyPlace = {
  readonly lines: string;
  readonly more: string;
  readonly options: RunOptions;
  /** What opens sealed keys. */
  readonly identity: string;
};

export type KeyPlaceName = "state" | "directory" | "sealed";

export async function keyPlace(name: KeyPlaceName): Promise<KeyPlace> {
  const none = { lines: "", more: "", options: {}, identity: "" };
  if (name === "state") return none;
  if (name === "directory") return { ...none, lines: '  pki_directory = "keys/pki"\n' };
  const identity = await generateX25519Identity();
  return {
    lines: `  recipients  = ["${await identityToRecipient(identity)}"]\n  identity_wo = var.identity\n`,
    more: 'variable "identity" {\n  type      = string\n  ephemeral = true\n}\n',
    options: { environment: { TF_VAR_identity: identity } },
    identity,
  };
}
