// Programs of our components as people name them: a program, and no flags of it, which no other check would see.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { ownValue } from "#shared/own-value.ts";
import { programLayers } from "#planner/cluster/kubernetes/program-layers.ts";
import { ownerOfFlag } from "#planner/cluster/kubernetes/flag-tables.ts";
import { ownerOfEtcdFlag } from "#planner/upstream/etcd-owned-flags.ts";
import { etcdVersionsWith, everyKubernetesFlag } from "#planner/upstream/flag-table.ts";

/** Each at the word of the command that has the flag. */
export function checkEntrypoints(config: ClusterConfig): readonly Finding[] {
  return [...etcdCommands(config), ...kubernetesCommands(config), ...balancerCommands(config)];
}

type Layer = { readonly path: Path; readonly entrypoint?: readonly string[] | undefined };

function etcdCommands({ etcd }: ClusterConfig): readonly Finding[] {
  const isFlag = (name: string): boolean => ownerOfEtcdFlag(name) !== undefined || etcdVersionsWith(name).length > 0;
  const layers = [
    { path: ["etcd"], entrypoint: etcd?.entrypoint },
    ...Object.entries(etcd?.overrides ?? {}).map(([host, { entrypoint }]) => ({
      path: ["etcd", "overrides", host],
      entrypoint,
    })),
  ];
  return layers.flatMap((layer) => [
    ...flagsWithin(layer, isFlag, "extraArgs"),
    ...within(layer, (word) => {
      const [, variable] = /(?:^|[\s"';])(ETCD_[A-Z0-9_]+)=/.exec(word) ?? [];
      return variable === undefined
        ? undefined
        : { problem: `etcd reads ${variable} as a flag`, hint: "write flags into extraArgs" };
    }),
  ]);
}

function kubernetesCommands(config: ClusterConfig): readonly Finding[] {
  return programLayers(config).flatMap(({ program, path, entrypoint }) => {
    const flags = everyKubernetesFlag(program);
    const isFlag = (name: string): boolean =>
      ownValue(flags, name) !== undefined || ownerOfFlag(program, name) !== undefined;
    return flagsWithin({ path, entrypoint }, isFlag, "args");
  });
}

/** Another configuration, another way to run, or an end at once. */
const balancerFlags = new Set(["f", "C", "D", "W", "Ws", "c", "cc", "sf", "st", "x", "v", "vv"]);

function balancerCommands({ apiLoadBalancers }: ClusterConfig): readonly Finding[] {
  const layers = Object.entries(apiLoadBalancers).flatMap(([name, pool]): readonly Layer[] => [
    { path: ["apiLoadBalancers", name], entrypoint: pool.entrypoint },
    ...Object.entries(pool.overrides).map(([host, { entrypoint }]) => ({
      path: ["apiLoadBalancers", name, "overrides", host],
      entrypoint,
    })),
  ]);
  return layers.flatMap((layer) =>
    layer.entrypoint?.[0]?.endsWith("haproxy") === true
      ? within(layer, (word) =>
          word.startsWith("-") && balancerFlags.has(word.slice(1))
            ? { problem: `${word} is set by flexkube`, hint: "name the program alone" }
            : undefined,
        )
      : [],
  );
}

function flagsWithin(layer: Layer, isFlag: (name: string) => boolean, field: string): readonly Finding[] {
  return within(layer, (word) => {
    for (const [, dashes = "", name = ""] of word.matchAll(/(?:^|[\s"';])(--?)([A-Za-z][\w.-]+)/g))
      if (isFlag(name.toLowerCase().replaceAll("_", "-")))
        return { problem: `${dashes}${name} is a flag and no part of the program`, hint: `write flags into ${field}` };
    return undefined;
  });
}

type Judge = (word: string) => Omit<Finding, "path"> | undefined;

function within({ path, entrypoint = [] }: Layer, judge: Judge): readonly Finding[] {
  return entrypoint.flatMap((word, index) => {
    const fault = judge(word);
    return fault === undefined ? [] : [{ path: [...path, "entrypoint", index], ...fault }];
  });
}
