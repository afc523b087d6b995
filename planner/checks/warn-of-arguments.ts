// Flags of the control plane's programs that they take, and that leave a cluster without something that it needs.
import type { Finding } from "#shared/document/finding.ts";
import { namesIn } from "#planner/cluster/kubernetes/admission-plugins.ts";
import type { ProgramLayer } from "#planner/cluster/kubernetes/program-layers.ts";

/** Names that API servers use when they speak for somebody to extension servers, which learn them from these flags. */
const proxyNames: readonly (readonly [flag: string, name: string])[] = [
  ["requestheader-allowed-names", "front-proxy-client"],
  ["requestheader-extra-headers-prefix", "X-Remote-Extra-"],
  ["requestheader-group-headers", "X-Remote-Group"],
  ["requestheader-username-headers", "X-Remote-User"],
];

/** A program of the control plane sees its image's files and those that flexkube brings. */
const namesFile = /(-file|-config|-cert-key|-filepath-(hostpath|nfs))$/;

export function warnOfArguments({ program, path, args = {} }: ProgramLayer): readonly Finding[] {
  if (program === "kubelet" || program === "proxy") return [];
  return Object.entries(args).flatMap(([flag, value]): readonly Finding[] => {
    const fault = program === "apiserver" ? (withoutProxyName(flag, value) ?? otherPrefix(flag)) : undefined;
    const found = fault ?? fileWithin(flag, value);
    return found === undefined ? [] : [{ path: [...path, "args", flag], ...found }];
  });
}

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
  const file = [value].flat().find((each) => typeof each === "string" && each.startsWith("/"));
  return namesFile.test(flag) && typeof file === "string"
    ? {
        problem: `--${flag}: flexkube brings no ${file} into the container, and the program ends without it`,
        hint: "name an image of your own that has it",
      }
    : undefined;
}
