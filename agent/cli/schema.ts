// `schema`: the JSON Schema of what a command prints as data.
import { agentOutputs } from "#agent/output/outputs.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { usage } from "#shared/command-line/usage.ts";
import { exitCodes } from "#shared/errors.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Throws INTERNAL_USAGE for a word that is no command with such an output. */
export async function schemaCommand({ name }: Options, { print }: Environment): Promise<number> {
  const known = Object.keys(agentOutputs);
  const [, schema] = Object.entries(agentOutputs).find(([command]) => command === name) ?? [];
  if (name === undefined || schema === undefined) {
    const reason = name === undefined ? `of which command? known are ${known.join(", ")}` : noOutput(name, known);
    throw usage(name ?? "schema", reason);
  }
  print(`${JSON.stringify(outputJsonSchema("flexkube-agent", name, schema), undefined, 2)}\n`);
  return Promise.resolve(exitCodes.ok);
}

function noOutput(name: string, known: readonly string[]): string {
  return `no command that prints data${orKnown(name, known)}`;
}
