// Fields and flags of a host's Kubernetes programs that must fit each other, where the layers are merged.
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { minorOf } from "#planner/cluster/kubernetes/program-layers.ts";
import { wrongRelations } from "#planner/upstream/document-relations.ts";
import { gatesIn, unmetGate } from "#planner/upstream/feature-gates.ts";
import { wrongFlagRelations } from "#planner/upstream/flag-relations.ts";
import { fieldsOfFlags } from "#shared/components/kubelet-flags.ts";

/** Each program by its own image's version, else the cluster's. Paths are those of the host config. Undefined: no Kubernetes. */
export function checkTogether(config: HostConfig, minor: number | undefined): readonly Finding[] {
  if (minor === undefined) return [];
  return [...documentsOf(config, minor), ...flagsOf(config, minor)];
}

type Args = Readonly<Record<string, string | readonly string[]>>;

function documentsOf({ kubelet, kubeProxy, kubeScheduler }: HostConfig, minor: number): readonly Finding[] {
  const all = [
    { kind: "kubelet", section: "kubelet", program: kubelet, flags: fieldsOfFlags(kubelet?.args ?? {}) },
    { kind: "proxy", section: "kubeProxy", program: kubeProxy, flags: new Map<string, never>() },
    { kind: "scheduler", section: "kubeScheduler", program: kubeScheduler, flags: new Map<string, never>() },
  ] as const;
  return all.flatMap(({ kind, section, program, flags }) => {
    if (program === undefined) return [];
    // the kubelet's flags win over its document
    const given = Object.fromEntries([...flags].map(([field, { value }]) => [field, value]));
    const where = { minor: minorOf(program.image, minor), gates: gatesOf(program.args) };
    const found = wrongRelations(kind, { ...program.config, ...given }, where);
    return found.map(({ at: [field = "", ...rest], problem, hint }): Finding => {
      const flag = flags.get(String(field))?.flag;
      const path = flag === undefined ? [section, "config", field, ...rest] : [section, "args", flag];
      return { path, problem, hint };
    });
  });
}

function flagsOf(config: HostConfig, minor: number): readonly Finding[] {
  const sections = ["kubeApiserver", "kubeControllerManager", "kubeScheduler", "kubelet", "kubeProxy"] as const;
  return sections.flatMap((section) => {
    const args: Args = config[section]?.args ?? {};
    const own = minorOf(config[section]?.image, minor);
    const unmet = unmetGate(own, gatesOf(args));
    const gates = unmet === undefined ? [] : [{ flag: "feature-gates", ...unmet.fault }];
    const found = [...gates, ...wrongFlagRelations(section, args, own)];
    return found.map(({ flag, problem, hint }) => ({ path: [section, "args", flag], problem, hint }));
  });
}

function gatesOf(args: Args): ReadonlyMap<string, boolean> {
  return gatesIn([args["feature-gates"] ?? ""].flat().join(","));
}
