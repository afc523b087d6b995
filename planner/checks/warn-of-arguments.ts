// Flags of the control plane's programs that they take, and that leave a cluster without something that it needs.
import type { Finding } from "#shared/document/finding.ts";
import { namesIn } from "#planner/cluster/kubernetes/admission-plugins.ts";
import { everyKubernetesFlag } from "#planner/upstream/flag-table.ts";
import { ownerOfFlag } from "#planner/cluster/kubernetes/flag-tables.ts";
import type { ProgramLayer } from "#planner/cluster/kubernetes/program-layers.ts";
import { falseWord } from "#shared/bool-words.ts";

/** Names that API servers use when they speak for somebody to extension servers, which learn them from these flags. */
const proxyNames: readonly (readonly [flag: string, name: string])[] = [
  ["requestheader-allowed-names", "front-proxy-client"],
  ["requestheader-extra-headers-prefix", "X-Remote-Extra-"],
  ["requestheader-group-headers", "X-Remote-Group"],
  ["requestheader-username-headers", "X-Remote-User"],
];

/** A program of the control plane sees its image's files and those that flexkube brings. */
const namesFile = /(-file|(?<!^runtime)-config|-cert-key|-filepath-(hostpath|nfs))$/;

/** Flags that count beside a document; kube-proxy and the scheduler pass over the others without a word (their `Complete` and `ApplyTo`). */
const beside: Readonly<Partial<Record<ProgramLayer["program"], (flag: string) => boolean>>> = {
  proxy: (flag) => /^(v|vmodule|log-.*|logging-format)$/.test(flag),
  scheduler: (flag) => !/^(contention-profiling|kube-api-(burst|content-type|qps))$/.test(flag),
};

export function warnOfArguments({ program, path, args = {} }: ProgramLayer): readonly Finding[] {
  const ignored = Object.keys(args).flatMap((flag): readonly Finding[] =>
    beside[program]?.(flag) === false &&
    ownerOfFlag(program, flag) === undefined &&
    Object.hasOwn(everyKubernetesFlag(program), flag)
      ? [
          {
            path: [...path, "args", flag],
            problem: `--${flag} does nothing: the program reads its document`,
            hint: program === "proxy" ? "use network.proxy.config" : "use scheduler.config",
          },
        ]
      : [],
  );
  return [...ignored, ...missedBy({ program, path, args })];
}

function missedBy({ program, path, args = {} }: Pick<ProgramLayer, "program" | "path" | "args">): readonly Finding[] {
  if (program === "kubelet") return unrenewed(path, args);
  if (program === "proxy") return [];
  return Object.entries(args).flatMap(([flag, value]): readonly Finding[] => {
    // refused already
    if (ownerOfFlag(program, flag) !== undefined) return [];
    const fault = program === "apiserver" ? (withoutProxyName(flag, value) ?? otherPrefix(flag)) : undefined;
    const found = fault ?? fileWithin(flag, value);
    return found === undefined ? [] : [{ path: [...path, "args", flag], ...found }];
  });
}

/** Also of the document, as `config.rotateCertificates`. */
function unrenewed(path: ProgramLayer["path"], args: object): readonly Finding[] {
  const value = new Map<string, unknown>(Object.entries(args)).get("rotate-certificates");
  return typeof value === "string" && falseWord.test(value)
    ? [{ path: [...path, "args", "rotate-certificates"], ...neverRenewed }]
    : [];
}

export const neverRenewed = {
  problem: "the kubelet's certificate then ends for good: its first one is only for asking for the next",
  hint: "remove it",
} as const;

type Told = Omit<Finding, "path"> | undefined;

function withoutProxyName(flag: string, value: unknown): Told {
  const [, name = ""] = proxyNames.find(([each]) => each === flag) ?? [];
  const names = namesIn(value).map((each) => each.toLowerCase());
  // no names at all are any name
  if (
    name === "" ||
    names.includes(name.toLowerCase()) ||
    (flag === "requestheader-allowed-names" && names.length === 0)
  )
    return undefined;
  return {
    problem: `--${flag}: without ${name} extension servers such as metrics-server turn the API servers away`,
    hint: `add ${name}`,
  };
}

function otherPrefix(flag: string): Told {
  return flag === "etcd-prefix"
    ? {
        problem: "--etcd-prefix: with another prefix than before API servers find an empty cluster",
        hint: "never change it once the cluster is up",
      }
    : undefined;
}

function fileWithin(flag: string, value: unknown): Told {
  const file = [value].flat().find((each) => typeof each === "string" && each !== "");
  return namesFile.test(flag) && typeof file === "string"
    ? {
        problem: `--${flag}: flexkube brings no ${file} into the container, and the program ends without it`,
        hint: "name an image of your own that has it",
      }
    : undefined;
}
