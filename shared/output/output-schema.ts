// JSON Schemas of what a program prints as data, made of the schemas that its types come from.
import * as z from "zod";
import type { JsonSchema } from "#shared/schema/json-schema.ts";

/** A command to what it prints with `-o json`. */
export type OutputSchemas = Readonly<Record<string, z.ZodType>>;

/** Open: fields that come later are no fault for who checks by an older schema. */
export function outputJsonSchema(program: string, command: string, schema: z.ZodType): JsonSchema {
  return { ...z.toJSONSchema(schema, { io: "input" }), title: `${program} ${command}` };
}
