// Which keys a schema knows at a path of the document.
import * as z from "zod";
import type { Path } from "./path.ts";

/** Sorted keys of the object schema at `path`; empty where any key or none may stand. */
export function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  let here: readonly z.core.$ZodType[] = objectsOf(schema);
  for (const segment of path) here = here.flatMap((each) => childrenOf(each, segment)).flatMap(objectsOf);
  return [...new Set(here.flatMap((each) => (each instanceof z.ZodObject ? Object.keys(each.shape) : [])))].toSorted();
}

/** The schema without its wrappers (optional, default, pipe), each branch of a union on its own. */
function objectsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return objectsOf(schema.def.innerType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(objectsOf);
  if (schema instanceof z.ZodPipe) return objectsOf(schema.def.in);
  return [schema];
}

function childrenOf(schema: z.core.$ZodType, segment: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodRecord) return [schema.def.valueType];
  if (schema instanceof z.ZodArray) return [schema.def.element];
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, unknown>> = schema.def.shape;
  const child = shape[String(segment)];
  return child instanceof z.ZodType ? [child] : [];
}
