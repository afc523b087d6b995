// Flags and document fields of Kubernetes programs that cannot be given: unknown and gone ones, values that a program cannot read,
// and those that follow from other fields.
import type { Finding } from "#shared/document/finding.ts";
import { nearest } from "#shared/nearest.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { deadFlags, ownedDocumentFields, ownerOfFlag } from "#planner/cluster/kubernetes/flag-tables.ts";
import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import type { ProgramLayer } from "#planner/cluster/kubernetes/program-layers.ts";
import { layerMinors, programLayers } from "#planner/cluster/kubernetes/program-layers.ts";
import { askedMinor, kubernetesFlags, wrongFlagValue } from "#planner/upstream/flag-table.ts";
import { wrongFlagDomain } from "#planner/upstream/flag-domains.ts";
import { newFlagType, outsideOfVersion } from "#planner/upstream/version-limits.ts";
import { checkSecurityFlags } from "./check-security-flags.ts";
import { warnOfArguments } from "./warn-of-arguments.ts";
import { ownValue } from "#shared/own-value.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

export type ArgumentFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Each at its own line, with what to use instead. */
export function checkArguments({ config, kubernetes }: Cluster): ArgumentFindings {
  if (kubernetes === undefined) return { problems: [], warnings: [] };
  const { minor } = kubernetes.version;
  const all = programLayers(config).map((layer): ArgumentFindings => {
    const minors = layerMinors(layer, minor);
    const flags = Object.entries(layer.args ?? {}).flatMap(([flag, value]) =>
      minors.map((each) => checkFlag(layer, { flag, value, minor: each })),
    );
    const security = checkSecurityFlags(layer, minors);
    return {
      problems: [...flags.flatMap(({ problems }) => problems), ...checkDocument(layer), ...security.problems],
      warnings: [...flags.flatMap(({ warnings }) => warnings), ...security.warnings, ...warnOfArguments(layer)],
    };
  });
  return {
    problems: uniqueFindings(all.flatMap(({ problems }) => problems)),
    warnings: uniqueFindings(all.flatMap(({ warnings }) => warnings)),
  };
}

type Given = { readonly flag: string; readonly value: unknown; readonly minor: number };

function checkFlag({ program, path }: ProgramLayer, { flag, value, minor }: Given): ArgumentFindings {
  const at = { path: [...path, "args", flag], at: "key" } as const;
  const problem = (finding: Omit<Finding, "path">): ArgumentFindings => ({
    problems: [{ ...at, ...finding }],
    warnings: [],
  });
  const hint = ownerOfFlag(program, flag);
  if (hint !== undefined) return problem({ problem: `--${flag} is set by flexkube`, hint });
  const dead = deadFlags[program].get(flag);
  if (dead !== undefined && minor >= dead.since) {
    const instead = dead.instead === undefined ? "remove it" : `use ${dead.instead}`;
    return problem({ problem: `--${flag} is gone since Kubernetes 1.${dead.since}`, hint: instead });
  }
  // known to this version, and gone from a later one
  if (dead !== undefined) return { problems: [], warnings: [] };
  const outside = outsideOfVersion("flags", flag, minor);
  if (outside !== undefined) return problem({ problem: `--${flag}: ${outside}`, hint: "remove it" });
  const flags = kubernetesFlags(program, minor);
  const type = ownValue(flags, flag) ?? newFlagType(program, flag, minor);
  if (type === undefined) {
    const finding = unknownFlag(program, flag, minor);
    // the programs of other versions were not asked
    return minor === askedMinor(minor) ? problem(finding) : { problems: [], warnings: [{ ...at, ...finding }] };
  }
  const values = [value].flat().filter((each) => typeof each === "string");
  if (values.length === 0)
    return {
      problems: [],
      warnings: [
        {
          ...at,
          problem: `an empty list gives no --${flag}: what flexkube sets by default is left out`,
          hint: "name a value, or remove the key",
        },
      ],
    };
  const wrong = values
    .map((each) => wrongFlagValue(type, each, flag) ?? wrongFlagDomain({ program, minor, flag, type }, each))
    .find((fault) => fault !== undefined);
  return wrong === undefined
    ? { problems: [], warnings: [] }
    : { problems: [{ path: at.path, problem: `--${flag}: ${wrong.problem}`, hint: wrong.hint }], warnings: [] };
}

function unknownFlag(program: Program, flag: string, minor: number): Omit<Finding, "path"> {
  const known = Object.keys(kubernetesFlags(program, minor)).filter((each) => ownerOfFlag(program, each) === undefined);
  const near = nearest(flag, known);
  const of =
    minor === askedMinor(minor) ? `1.${minor}` : `1.${askedMinor(minor)}, by which flags of 1.${minor} are judged`;
  return {
    problem: `${programNames[program]} has no flag --${flag} in Kubernetes ${of}`,
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  };
}

const programNames: Readonly<Record<Program, string>> = {
  apiserver: "kube-apiserver",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kubelet: "the kubelet",
  proxy: "kube-proxy",
};

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
