// Secrets and files that the cluster config names.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { chartInput } from "#planner/cluster/kubernetes/packed-chart.ts";
import { selectHosts } from "#planner/cluster/layers/select-hosts.ts";
import { ownFile } from "#planner/cluster/layers/own-file.ts";
import { isReservedSecret } from "#planner/cluster/user-secrets.ts";

export type InputFile = {
  /** As the config names it. */
  readonly file: string;
  readonly path: Path;
  /** Under which it stands among the inputs. */
  readonly key: string;
  /** `base64` for what is no text. */
  readonly encoding: "utf8" | "base64";
};

/** What reading an input file gave: its text (base64 of what is none), or why it cannot be used. */
export type Input = { readonly text: string } | { readonly problem: string };

/** Every file that the config names, with the place that names it first. */
export function inputFiles(config: ClusterConfig): readonly InputFile[] {
  const hosts = config.etcd === undefined ? [] : selectHosts(config, config.etcd.hosts);
  const own = Object.entries(config.pki.etcd ?? {}).flatMap(([field, file]) =>
    hosts.map((host) => ({ file: ownFile(file, host), path: ["pki", "etcd", field] })),
  );
  const controlPlane = config.controlPlane === undefined ? [] : selectHosts(config, config.controlPlane.hosts);
  const etcdClient = Object.entries(config.pki.etcdClient ?? {}).flatMap(([field, file]) =>
    controlPlane.map((host) => ({ file: ownFile(file, host), path: ["pki", "etcdClient", field] })),
  );
  const named = Object.entries({ manifests: config.manifests, secrets: config.secrets }).flatMap(([section, entries]) =>
    Object.entries(entries).flatMap(([name, { file }]) =>
      file === undefined ? [] : [{ file, path: [section, name, "file"] }],
    ),
  );
  const texts = [...own, ...etcdClient, ...named].map((input) => ({
    ...input,
    key: input.file,
    encoding: "utf8" as const,
  }));
  const charts = Object.entries(config.helmReleases).map(([name, { chart }]) => ({
    file: chart,
    path: ["helmReleases", name, "chart"],
    key: chartInput(chart),
    encoding: "base64" as const,
  }));
  return [...new Map([...texts, ...charts].toReversed().map((input) => [input.key, input])).values()].toReversed();
}

/** Files that cannot be used, and secrets with the planner's own names. */
export function checkInputs(config: ClusterConfig, inputs: ReadonlyMap<string, Input>): readonly Finding[] {
  const files = inputFiles(config).flatMap(({ file, path, key }): readonly Finding[] => {
    const input = inputs.get(key);
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
