// Types of a domain: every text and every map with free keys in a schema is one of these, never bare. A test walks the schemas
// and says which one is not. A type may ask more of what people write about a cluster (`rules`) than of a host config, which an
// older planner may have written.
import * as z from "zod";

/** What is wrong with a value. */
export type Fault = {
  readonly problem: string;
  readonly hint?: string | undefined;
  /** Where in the value, when it is not the whole of it. */
  readonly at?: readonly (string | number)[] | undefined;
};

/** Judges a value that has the type's shape; undefined is good. */
export type Rule<T> = (value: T) => Fault | undefined;

type Domain = {
  readonly name: string;
  /** Checks of the library, for the type that they were given with. */ readonly rules: readonly object[];
};

// kept by the library through meta, refine, min and the like, which copy a schema
const domains = z.registry<Domain>();

/** Names the domain of a text, a number or a map; `rules` hold in the cluster config only. */
export function domain<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  ...rules: readonly Rule<z.output<Schema>>[]
): Schema {
  // a copy, so that the same base can be of several domains
  const own = schema.meta({ ...z.globalRegistry.get(schema) });
  const before = domains.get(schema)?.rules ?? [];
  domains.add(own, { name, rules: [...before, ...rules.map((rule) => checkOf(rule))] });
  return own;
}

/** The domain's name, undefined for a bare type. */
export function domainOf(schema: z.core.$ZodType): string | undefined {
  return domains.get(schema)?.name;
}

/** The schema with the rules of its domain. */
export function withRules<Schema extends z.ZodType>(schema: Schema): Schema {
  const { name, rules = [] } = domains.get(schema) ?? {};
  if (name === undefined || rules.length === 0) return schema;
  // rules were given for this type by `domain`
  const checked = schema.check(...(rules as readonly z.core.$ZodCheck<z.output<Schema>>[])).meta({
    ...z.globalRegistry.get(schema),
  });
  domains.add(checked, { name, rules: [] });
  return checked;
}

/** Makes `to`, which was built from parts of `from`, one of the same domain. */
export function sameDomain<Schema extends z.ZodType>(from: z.core.$ZodType, to: Schema): Schema {
  const known = domains.get(from);
  if (known !== undefined) domains.add(to, known);
  return to;
}

/** As a check of the library. */
function checkOf<T>(rule: Rule<T>): z.core.$ZodCheck<T> {
  return z.superRefine<T>((value, context) => {
    // a value that has not even the type's shape is told of already
    const fault = context.issues.length > 0 ? undefined : rule(value);
    if (fault !== undefined)
      context.addIssue({
        code: "custom",
        message: fault.problem,
        params: { hint: fault.hint },
        path: [...(fault.at ?? [])],
      });
  });
}

/** The first fault that one of the rules finds. */
export function all<T>(...rules: readonly Rule<T>[]): Rule<T> {
  return (value) => {
    for (const rule of rules) {
      const fault = rule(value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** Lists in which nothing stands twice. */
export function repeated(list: readonly string[]): Fault | undefined {
  const seen = new Set<string>();
  const index = list.findIndex((item) => seen.size === seen.add(item).size);
  return index < 0
    ? undefined
    : { problem: `${JSON.stringify(list[index])} is there twice`, hint: "name it once", at: [index] };
}

/** Two of a list with one word in this field, of which one would silently not count. */
export function repeatedIn<Field extends string>(
  field: Field,
): (list: readonly { readonly [Key in Field]: string }[]) => Fault | undefined {
  return (list) => {
    const words = list.map((each) => each[field]);
    const fault = repeated(words);
    return fault === undefined ? undefined : { ...fault, at: [...(fault.at ?? []), field] };
  };
}
