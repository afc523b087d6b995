// flexkube-planner schema.
import { exitCodes } from "#shared/errors.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { clusterJsonSchema, hostJsonSchema } from "#shared/schema/json-schema.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";
import { plannerOutputs } from "#planner/output/outputs.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Effects } from "#planner/effects.ts";
import type { Options } from "./parse-options.ts";

const schemas = new Map([
  ["cluster", clusterJsonSchema],
  ["host", hostJsonSchema],
  ...Object.entries(plannerOutputs).map(
    ([command, schema]) => [command, () => outputJsonSchema("flexkube-planner", command, schema)] as const,
  ),
]);

/** What the command may be asked for. */
export const schemaKinds = [...schemas.keys()];

/** Prints the JSON Schema of a kind of document, or of what a command prints as data. Throws INTERNAL_USAGE for another word. */
export async function schemaCommand({ names = [] }: Options, { print }: Effects): Promise<number> {
  const [kind = "cluster", more] = names;
  if (more !== undefined) throw usage(more, "one argument too many");
  const schema = schemas.get(kind);
  if (schema === undefined)
    throw usage(kind, `neither a kind of document nor a command that prints data${orKnown(kind, schemaKinds)}`);
  print(`${JSON.stringify(schema(), undefined, 2)}\n`);
  return Promise.resolve(exitCodes.ok);
}
