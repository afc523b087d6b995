// Text to a checked document: YAML, then schema, with all problems at once and the place of each.
import type * as z from "zod";
import type { Problem } from "#shared/errors.ts";
import { andMore, firstByPlace, mostProblems } from "./cap-problems.ts";
import { problemOf } from "./finding.ts";
import { formatPath } from "./path.ts";
import type { Finding } from "./finding.ts";
import type { Path } from "./path.ts";
import { checkBySchema, firstEntries } from "./check-by-schema.ts";
import { findingsOfIssue } from "./findings-of-issue.ts";
import { foreignKeys } from "./foreign-keys.ts";
import { otherKind } from "./other-kind.ts";
import type { DocumentKind } from "./other-kind.ts";
import { parseYaml } from "./parse-yaml.ts";
import type { Source } from "./source.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[]; readonly source: Source }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly source: Source;
      /**
       * The document without what is wrong in it, where that leaves a whole: further checks may still find problems
       * in it, so that a person sees all of them at once. Never to be used otherwise.
       */
      readonly remainder?: T | undefined;
    };

/** Parses `text` and checks it by `schema`; with a `kind`, another one of ours is told alone. Never throws on what a person wrote. */
export function parseDocument<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  options: { readonly file: string; readonly kind?: DocumentKind },
): Parsed<z.output<Schema>> {
  const yaml = parseYaml(text, options.file);
  const { source } = yaml;
  if (yaml.raw === undefined) return { ok: false, problems: yaml.problems, source };
  const other = options.kind === undefined ? undefined : otherKind(yaml.raw, options.kind);
  if (other !== undefined) return { ok: false, problems: [problemOf(other, source)], source };
  const foreign = foreignKeys(yaml.raw).map((finding) => problemOf(finding, source));
  const before = [...yaml.problems, ...foreign];
  const result = checkBySchema(schema, yaml.raw);
  if (result.ok) {
    const { value: data } = result;
    return before.length === 0
      ? { ok: true, value: data, warnings: [], source }
      : { ok: false, problems: firstByPlace(before, options.file), source, remainder: data };
  }
  const { told, left } = firstOf(result.issues);
  const all = told.flatMap((issue) => findingsOfIssue(issue, { raw: yaml.raw, schema, numberAt: source.numberAt }));
  // one problem a place: the last says most
  const findings = [...new Map(all.map((finding) => [formatPath(finding.path), finding])).values()];
  const problems = [...before, ...findings.map((finding) => problemOf(finding, source))];
  if (result.isPart) problems.push(uncounted(options.file));
  if (left > 0) problems.push(andMore(left, options.file));
  if (result.isPart || left > 0) return { ok: false, problems: firstByPlace(problems, options.file), source };
  const rest = without(yaml.raw, findings);
  const second = rest === undefined ? undefined : schema.safeParse(rest);
  return {
    ok: false,
    problems: firstByPlace(problems, options.file),
    source,
    remainder: second?.success === true ? second.data : undefined,
  };
}

function uncounted(file: string): Problem {
  const problem = `there are too many problems to count: these are of the first ${firstEntries} of each list and map`;
  return { path: "", problem, hint: "is this the right file?", file };
}

type Issues = readonly z.core.$ZodIssue[];

/** As many as are told, and how many are left. */
function firstOf(issues: Issues): { readonly told: Issues; readonly left: number } {
  const told: z.core.$ZodIssue[] = [];
  let [room, left] = [mostProblems, 0];
  for (const issue of issues) {
    const count = issue.code === "unrecognized_keys" ? issue.keys.length : 1;
    if (room > 0) told.push(count > room && "keys" in issue ? { ...issue, keys: issue.keys.slice(0, room) } : issue);
    left += Math.max(0, count - Math.max(0, room));
    room -= count;
  }
  return { told, left };
}

/** A copy without the offending keys; undefined when one is a list's item or a named thing that others may refer to. */
function without(raw: unknown, findings: readonly Finding[]): unknown {
  const copy: unknown = structuredClone(raw);
  for (const { path, problem } of findings) {
    const mayGo =
      problem === "unknown key" || (path.length > 2 && path.every((segment) => typeof segment === "string"));
    if (!mayGo || !removed(copy, path)) return undefined;
  }
  return copy;
}

function removed(root: unknown, path: Path): boolean {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((here, segment) => (isMap(here) ? here[String(segment)] : undefined), root);
  const last = path.at(-1);
  return isMap(parent) && last !== undefined && Reflect.deleteProperty(parent, last);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
