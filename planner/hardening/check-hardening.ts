// With `hardening: cis`: what a host's merged config says against an automated check of the benchmark is refused, by name.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import { ownedDocumentFields, ownedFlags } from "#planner/cluster/kubernetes/flag-tables.ts";
import type { CisCheck, CisProgram, SeenHost } from "./cis-check.ts";
import { judgeCis } from "./cis-check.ts";
import { cisChecks } from "./cis-checks.ts";
import { ownValue } from "#shared/own-value.ts";

type Section = "kubeApiserver" | "kubeControllerManager" | "kubeScheduler" | "kubelet" | "kubeProxy";

const sections: Readonly<Partial<Record<CisProgram, { readonly section: Section; readonly program: Program }>>> = {
  "kube-apiserver": { section: "kubeApiserver", program: "apiserver" },
  "kube-controller-manager": { section: "kubeControllerManager", program: "controllerManager" },
  "kube-scheduler": { section: "kubeScheduler", program: "scheduler" },
  kubelet: { section: "kubelet", program: "kubelet" },
  "kube-proxy": { section: "kubeProxy", program: "proxy" },
};

export type HardeningFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Paths are those of the host config. What the benchmark leaves to people is a warning, and stands. */
export function checkHardening(config: HostConfig): HardeningFindings {
  const seen = seenInConfig(config);
  const findings = cisChecks.flatMap(
    (check): readonly { readonly finding: Finding; readonly isAutomated: boolean }[] => {
      const judged = isAsked(check, config) ? judgeCis(check, seen) : "ok";
      if (judged === "ok" || judged === undefined) return [];
      const problem = `hardening: cis asks for another value than ${judged.found} (check ${check.id}: ${check.title})`;
      const finding = { path: pathOf(check, config), problem, hint: "take the line away, or take hardening away" };
      return [{ finding, isAutomated: check.automated === true }];
    },
  );
  const found = (isWanted: boolean): readonly Finding[] =>
    findings.filter(({ isAutomated }) => isAutomated === isWanted).map(({ finding }) => finding);
  return { problems: [...users(config), ...found(true)], warnings: found(false) };
}

/** What follows from other fields, and all of etcd's, is refused whatever the hardening; the rest of the table looks at files. */
function isAsked({ look }: CisCheck, { kubeApiserver }: HostConfig): boolean {
  if (look === undefined || !("value" in look)) return false;
  const flags = "flags" in look ? look.flags : [];
  const program = sections[look.of]?.program;
  if (program === undefined) return false;
  // without a log, that is told once
  if (kubeApiserver?.auditPolicy === undefined && flags.some((flag) => flag.startsWith("audit-log-max"))) return false;
  const { field } = look;
  if (field !== undefined && !Object.hasOwn(ownedDocumentFields[program] ?? {}, field)) return true;
  return (
    flags.length > 0 && flags.every((flag) => saidElsewhere.has(flag) || !Object.hasOwn(ownedFlags[program], flag))
  );
}

/** Flags of ours that a field of the cluster config switches off: where that is. */
const saidElsewhere: ReadonlyMap<string, Path> = new Map([
  ["audit-log-path", ["auditLogDirectory"]],
  ["bind-address", ["bind", "address"]],
  ["encryption-provider-config", ["encryption"]],
]);

function seenInConfig(config: HostConfig): SeenHost {
  const sectionOf = (program: CisProgram) => config[sections[program]?.section ?? "kubelet"];
  return {
    userOf: (program) => (sectionOf(program) === undefined ? undefined : "0:0"),
    argument: (program, flag) => argumentOf(config, program, flag),
    document: (program) => {
      const section = sectionOf(program);
      return section !== undefined && "config" in section ? section.config : undefined;
    },
    files: () => [],
  };
}

function argumentOf(config: HostConfig, program: CisProgram, flag: string): readonly string[] | undefined {
  const section = config[sections[program]?.section ?? "kubelet"];
  if (flag === "audit-log-path") {
    const { auditLogDirectory, auditPolicy } = config.kubeApiserver ?? {};
    return auditPolicy === undefined || auditLogDirectory === undefined ? undefined : [auditLogDirectory];
  }
  if (flag === "encryption-provider-config") return config.kubeApiserver?.encryption?.split(",");
  if (flag === "bind-address" && section !== undefined && "bind" in section) return [section.bind.address];
  const args = section !== undefined && "args" in section ? section.args : {};
  const value = ownValue(args, flag);
  return value === undefined ? undefined : [value].flat();
}

/** The flag where it is given, else the field, else what the flag follows from. */
function pathOf({ look }: CisCheck, config: HostConfig): Path {
  if (look === undefined || !("value" in look)) return ["host"];
  const section = sections[look.of]?.section ?? "kubelet";
  if (!("flags" in look)) return [section, "config", ...look.field.split(".")];
  const [flag = ""] = look.flags;
  const isGiven = argumentOf(config, look.of, flag) !== undefined;
  const elsewhere = saidElsewhere.get(flag);
  if (elsewhere !== undefined) return [section, ...elsewhere];
  return isGiven || look.field === undefined ? [section, "args", flag] : [section, "config", ...look.field.split(".")];
}

/** Of a cluster that began with nobody: other programs of its hosts read what is etcd's. */
function users({ etcd }: HostConfig): readonly Finding[] {
  if (etcd === undefined || etcd.uid >= 65536) return [];
  return [
    {
      path: ["etcd", "uid"],
      problem: `hardening: cis asks for a user that nothing else on the host has, not ${etcd.uid} (check 1.1.12: etcd's data: owner)`,
      hint: "a cluster that began with nobody cannot have it: take hardening away",
    },
  ];
}
