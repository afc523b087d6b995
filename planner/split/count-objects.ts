// The generation of the cluster's objects: one number for all hosts that have them, which rises when what they apply changes.
import { canonical, contentDigest } from "#shared/canonical.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";

export type Counted = NonNullable<KubernetesState["objects"]>;

export type CountOptions = {
  /** Any host that has them: they are the same on all. */
  readonly config: HostConfig;
  readonly hashKey: string;
  readonly known: Counted | undefined;
  /** Host configs of such hosts that were given out. */
  readonly found: readonly string[];
};

/** The same generation never stands for two contents, even when the state or a file was lost, restored or edited. */
export function countObjects({ config, hashKey, known, found }: CountOptions): Counted {
  const digest = objectsDigest(config, hashKey);
  const isKnown = known?.digest === digest;
  const counted = known === undefined ? 1 : isKnown ? known.generation : known.generation + 1;
  const bounds = found.map((text) => {
    const onDisk = generationIn(text);
    // nothing is parsed while the file does not know more than the state
    if (onDisk < counted || (isKnown && onDisk === counted)) return counted;
    const parsed = parseHostConfig(text, config.host);
    const isSame = parsed.ok && objectsDigest(parsed.value, hashKey) === digest;
    return isSame ? onDisk : onDisk + 1;
  });
  return { generation: Math.max(counted, ...bounds), digest };
}

/** Keyed digest of all that is applied, without how this host reaches the API. */
function objectsDigest({ clusterObjects, secrets }: HostConfig, key: string): string {
  const { manifests = {}, releases = {} } = clusterObjects ?? {};
  const names = [
    ...Object.values(manifests).flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    ...Object.values(releases).map(({ chart }) => chart),
  ];
  const contents = Object.fromEntries(names.map((name) => [name, secrets[name]]));
  return contentDigest(canonical({ manifests, releases, contents }), key);
}

/** As `renderHost` writes it. */
function generationIn(text: string): number {
  return Number(/^clusterObjects:\n {2}generation: ([0-9]+)$/m.exec(text)?.[1] ?? "0");
}
