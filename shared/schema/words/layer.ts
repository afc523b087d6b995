// Layers: the same fields as a component of the host config, each optional and without its default, so that
// cluster, pool and host can each say some of them. Defaults come once, when the layers have been merged.
import * as z from "zod";
import { sameDomain } from "#shared/schema/types/domain.ts";

/** What a layer may hold of a value: any part of a map, all of a list. */
export type LayerOf<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: LayerOf<T[Key]> | undefined }
    : T;

type LayerShape<Shape extends z.core.$ZodShape> = {
  readonly [Key in keyof Shape]: z.ZodOptional<z.ZodType<LayerOf<NonNullable<z.input<Shape[Key]>>>>>;
};

/** The shape of a layer of `schema` without the fields named in `omitted`, to be put into an object schema. */
export function layerShape<Shape extends z.core.$ZodShape, const Omitted extends keyof Shape & string>(
  schema: z.ZodObject<Shape>,
  omitted: readonly Omitted[],
): LayerShape<Omit<Shape, Omitted>> {
  const names = new Set<string>(omitted);
  const fields = Object.entries(schema.shape).filter(([key]) => !names.has(key));
  const shape = Object.fromEntries(fields.map(([key, field]) => [key, z.optional(layer(field))]));
  // built field by field from the shape whose type is computed above
  return shape as LayerShape<Omit<Shape, Omitted>>;
}

/** A field's schema without default and required parts, its description and default kept for the reference. */
function layer(schema: z.core.$ZodType): z.ZodType {
  const described = { ...z.globalRegistry.get(schema) };
  if (schema instanceof z.ZodOptional)
    return layer(schema.def.innerType).meta({ ...innerMeta(schema.def.innerType), ...described });
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const inner = schema.def.innerType;
    return layer(inner).meta({ ...innerMeta(inner), ...described, default: schema.def.defaultValue });
  }
  if (schema instanceof z.ZodObject) return sameDomain(schema, z.strictObject(layerShape(schema, [])).meta(described));
  if (schema instanceof z.ZodRecord)
    return sameDomain(schema, z.record(schema.def.keyType, layer(schema.def.valueType)).meta(described));
  // lists replace each other whole, so their items stay as they are
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("a schema of another library");
}

function innerMeta(schema: z.core.$ZodType): z.core.GlobalMeta {
  return { ...z.globalRegistry.get(schema) };
}
