// A whole schema in which every type has the rules of its domain: what is asked of people who write the cluster config.
import * as z from "zod";
import { sameDomain, withRules } from "./types/domain.ts";

/** A copy of the schema, refinements, defaults and descriptions kept. */
export function ruled<Schema extends z.ZodType>(schema: Schema): Schema {
  // the copy takes and gives what the schema does, only less of it
  return withRules(copyOf(schema)) as Schema;
}

function copyOf(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return rebuilt(schema, { innerType: inner(schema.def.innerType) });
  if (schema instanceof z.ZodDefault) return rebuilt(schema, { innerType: inner(schema.def.innerType) });
  if (schema instanceof z.ZodPrefault) return rebuilt(schema, { innerType: inner(schema.def.innerType) });
  if (schema instanceof z.ZodArray) return rebuilt(schema, { element: inner(schema.def.element) });
  if (schema instanceof z.ZodUnion) return rebuilt(schema, { options: schema.options.map((option) => inner(option)) });
  if (schema instanceof z.ZodRecord)
    return rebuilt(schema, { keyType: inner(schema.def.keyType), valueType: inner(schema.def.valueType) });
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = schema.def.shape;
    const fields = Object.entries(shape).map(([key, field]) => [key, inner(field)] as const);
    return rebuilt(schema, { shape: Object.fromEntries(fields) });
  }
  return schema;
}

function inner(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return ruled(schema);
  throw new TypeError("a schema of another library");
}

/** The schema with other parts. */
function rebuilt(schema: z.ZodType, parts: object): z.ZodType {
  const copy = schema.clone({ ...schema.def, ...parts });
  const described = z.globalRegistry.get(schema);
  return sameDomain(schema, described === undefined ? copy : copy.meta({ ...described }));
}
