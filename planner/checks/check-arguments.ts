// Flags and document fields of Kubernetes programs that cannot be given: gone ones, and those that follow from other fields.
import type { Finding } from "#shared/schema/finding.ts";
import type { Cluster } from "../cluster.ts";
import { deadFlags, ownedDocumentFields, ownedFlags } from "../kubernetes/flag-tables.ts";
import type { ProgramLayer } from "../kubernetes/program-layers.ts";
import { programLayers } from "../kubernetes/program-layers.ts";

/** Each at its own line, with what to use instead. */
export function checkArguments({ config, kubernetes }: Cluster): readonly Finding[] {
  if (kubernetes === undefined) return [];
  const { minor } = kubernetes.version;
  return programLayers(config).flatMap((layer) => [...checkFlags(layer, minor), ...checkDocument(layer)]);
}

function checkFlags({ program, path, args = {} }: ProgramLayer, minor: number): readonly Finding[] {
  return Object.keys(args).flatMap((flag): readonly Finding[] => {
    const at = { path: [...path, "args", flag], at: "key" } as const;
    const hint = ownerOf(ownedFlags[program], flag);
    if (hint !== undefined) return [{ ...at, problem: `--${flag} is set by flexkube`, hint }];
    const dead = deadFlags[program].get(flag);
    if (dead === undefined || minor < dead.since) return [];
    const instead = dead.instead === undefined ? "remove it" : `use ${dead.instead}`;
    return [{ ...at, problem: `--${flag} is gone since Kubernetes 1.${dead.since}`, hint: instead }];
  });
}

function ownerOf(owned: Readonly<Record<string, string>>, flag: string): string | undefined {
  const pattern = Object.keys(owned).find((each) =>
    each.endsWith("*") ? flag.startsWith(each.slice(0, -1)) : flag === each,
  );
  return pattern === undefined ? undefined : owned[pattern];
}

function checkDocument({ program, path, config = {} }: ProgramLayer): readonly Finding[] {
  return Object.entries(ownedDocumentFields[program] ?? {}).flatMap(([field, hint]): readonly Finding[] => {
    const keys = field.split(".");
    if (!has(config, keys)) return [];
    return [{ path: [...path, "config", ...keys], at: "key", problem: `${field} is set by flexkube`, hint }];
  });
}

function has(value: unknown, keys: readonly string[]): boolean {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return false;
    // an own key of data that came from a schema
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return true;
}
