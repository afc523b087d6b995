// What keeps several controller managers or schedulers from working at once, and lets the controllers act at all.
import type { Finding } from "#shared/document/finding.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { programLayers } from "#planner/cluster/kubernetes/program-layers.ts";
import { isMap } from "#planner/upstream/document-table.ts";
import { falseWord } from "#shared/bool-words.ts";

const isOff = (value: unknown): boolean => value === false || (typeof value === "string" && falseWord.test(value));

/** Of every layer, at its line. */
export function checkLeaders({ config, kubernetes }: Cluster): readonly Finding[] {
  const hosts = kubernetes?.controlPlane.size ?? 0;
  return programLayers(config).flatMap(({ program, path, args, config: document }): readonly Finding[] => {
    if (program === "controllerManager" && isMap(args))
      return [
        ...(hosts > 1 && isOff([args["leader-elect"]].flat().at(-1))
          ? [twoLeaders([...path, "args", "leader-elect"])]
          : []),
        ...(isOff([args[credentials]].flat().at(-1)) ? [powerless([...path, "args", credentials])] : []),
      ];
    const election = program === "scheduler" ? document : undefined;
    const { leaderElection } = isMap(election) ? election : {};
    return hosts > 1 && isMap(leaderElection) && isOff(leaderElection["leaderElect"])
      ? [twoLeaders([...path, "config", "leaderElection", "leaderElect"])]
      : [];
  });
}

const credentials = "use-service-account-credentials";

function twoLeaders(path: Finding["path"]): Finding {
  return { path, problem: "each host of the control plane would lead", hint: "remove it: only one may work at a time" };
}

function powerless(path: Finding["path"]): Finding {
  return { path, problem: "controllers have rights by their own accounts only", hint: "remove it" };
}
