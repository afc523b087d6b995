// Secrets and files that the cluster config names.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding, Path } from "#shared/schema/finding.ts";
import { selectHosts } from "../select-hosts.ts";
import { ownFile } from "../components/etcd.ts";
import { isReservedSecret } from "../user-secrets.ts";

export type InputFile = { readonly file: string; readonly path: Path };

/** What reading an input file gave: its text, or why it cannot be used. */
export type Input = { readonly text: string } | { readonly problem: string };

/** Every file that the config names, with the place that names it first. */
export function inputFiles(config: ClusterConfig): readonly InputFile[] {
  const hosts = config.etcd === undefined ? [] : selectHosts(config, config.etcd.hosts);
  const own = Object.entries(config.pki.etcd ?? {}).flatMap(([field, file]) =>
    hosts.map((host) => ({ file: ownFile(file, host), path: ["pki", "etcd", field] })),
  );
  const secrets = Object.entries(config.secrets).flatMap(([name, { file }]) =>
    file === undefined ? [] : [{ file, path: ["secrets", name, "file"] }],
  );
  return [...new Map([...own, ...secrets].toReversed().map((input) => [input.file, input])).values()].toReversed();
}

/** Files that cannot be used, and secrets with the planner's own names. */
export function checkInputs(config: ClusterConfig, inputs: ReadonlyMap<string, Input>): readonly Finding[] {
  const files = inputFiles(config).flatMap(({ file, path }): readonly Finding[] => {
    const input = inputs.get(file);
    return input !== undefined && "problem" in input ? [{ path, problem: `${file} ${input.problem}` }] : [];
  });
  const names = Object.keys(config.secrets)
    .filter(isReservedSecret)
    .map(
      (name) =>
        ({
          path: ["secrets", name],
          at: "key",
          problem: "the planner makes secrets of this name itself",
          hint: "choose another name",
        }) as const,
    );
  return [...files, ...names];
}
