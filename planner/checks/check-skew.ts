// Versions of the Kubernetes programs among each other, by Kubernetes' version skew policy.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { ResolvedKubernetes } from "#planner/cluster/kubernetes/resolved-kubernetes.ts";
import type { KubernetesVersion } from "#planner/cluster/versions/kubernetes-version.ts";
import {
  minorsOf,
  remarkOnKubernetes,
  supportedKubernetes,
  unsupportedKubernetes,
  versionOfImage,
} from "#planner/cluster/versions/kubernetes-version.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

export type SkewFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** The image of a program on a host, the field that says it, and the version that it tells. */
type Placed = { readonly path: Path; readonly image: string; readonly version: KubernetesVersion | undefined };

/** Minor versions. */
type Range = NonNullable<KubernetesState["apiServers"]>;

/** Each cause once, whatever the number of hosts. */
export function checkSkew({ config, kubernetes }: Cluster): SkewFindings {
  if (kubernetes === undefined) return { problems: [], warnings: [] };
  const servers = serversOf(config, kubernetes);
  const helpers = [...kubernetes.controlPlane].flatMap((host) =>
    (["controllerManager", "scheduler"] as const).map((program) =>
      controlPlaneImage(config, kubernetes, program, host),
    ),
  );
  const kubelets = [...kubernetes.nodes].map(([host, pool]) => kubeletImage(config, kubernetes, pool, host));
  const hasProxy = kubernetes.nodes.size > 0 && config.network.proxy.enabled;
  const proxies = hasProxy ? [placed(["network", "proxy"], config.network.proxy.image, kubernetes.images.proxy)] : [];
  const all = [...servers, ...helpers, ...kubelets, ...proxies];
  const applier = kubernetes.controlPlane.size === 0 ? [] : [kubectlImage(config, kubernetes)];
  const range = minorsOf(servers.map(({ version }) => version));
  return {
    problems: uniqueFindings([
      ...all.flatMap(unsupported),
      ...(range === undefined
        ? []
        : [
            ...servers.flatMap((each) => checkServer(each, range)),
            ...helpers.flatMap((each) => checkBehind(each, range, 1)),
            ...[...kubelets, ...proxies].flatMap((each) => checkBehind(each, range, 3)),
            ...applier.flatMap((each) => checkAround(each, range)),
          ]),
      ...proxies.flatMap((proxy) => kubelets.flatMap((each) => checkProxy(proxy, each))),
    ]),
    warnings: uniqueFindings([...[...all, ...applier].flatMap(unknown), ...all.flatMap(remark)]),
  };
}

/** What the images of the API servers tell; undefined when none tells a version. */
export function apiServerVersions({ config, kubernetes }: Cluster): Range | undefined {
  return kubernetes === undefined ? undefined : minorsOf(serversOf(config, kubernetes).map(({ version }) => version));
}

function serversOf(config: ClusterConfig, kubernetes: ResolvedKubernetes): readonly Placed[] {
  return [...kubernetes.controlPlane].map((host) => controlPlaneImage(config, kubernetes, "apiserver", host));
}

function controlPlaneImage(
  { controlPlane }: ClusterConfig,
  { images }: ResolvedKubernetes,
  program: "apiserver" | "controllerManager" | "scheduler",
  host: string,
): Placed {
  const override = controlPlane?.overrides[host]?.[program]?.image;
  return override === undefined
    ? placed(["controlPlane", program], controlPlane?.[program]?.image, images[program])
    : placed(["controlPlane", "overrides", host, program], override, override);
}

function kubeletImage({ kubelets }: ClusterConfig, { images }: ResolvedKubernetes, pool: string, host: string): Placed {
  const override = kubelets[pool]?.overrides[host]?.image;
  return override === undefined
    ? placed(["kubelets", pool], kubelets[pool]?.image, images.kubelet)
    : placed(["kubelets", pool, "overrides", host], override, override);
}

function kubectlImage({ addons }: ClusterConfig, { images }: ResolvedKubernetes): Placed {
  const { kubectlImage: said } = addons;
  return said === undefined
    ? placed([], undefined, images.kubectl)
    : { ...placed([], said, said), path: ["addons", "kubectlImage"] };
}

function placed(section: Path, said: string | undefined, usual: string): Placed {
  const image = said ?? usual;
  const path = said === undefined ? ["kubernetes", "version"] : [...section, "image"];
  return { path, image, version: versionOfImage(image) };
}

/** The cluster's own version is told of where it stands. */
function unsupported({ path, version }: Placed): readonly Finding[] {
  const reason = version === undefined || path[0] === "kubernetes" ? undefined : unsupportedKubernetes(version);
  return reason === undefined ? [] : [{ path, problem: reason, hint: `use ${supportedKubernetes}` }];
}

function remark({ path, version }: Placed): readonly Finding[] {
  const found = version === undefined ? undefined : remarkOnKubernetes(version);
  return found === undefined ? [] : [{ path, ...found }];
}

function unknown({ path, image, version }: Placed): readonly Finding[] {
  if (version !== undefined) return [];
  return [
    { path, problem: `${image} does not tell its version, so it is not compared with the others`, hint: "use a tag" },
  ];
}

function checkServer({ path, version }: Placed, { oldest, newest }: Range): readonly Finding[] {
  if (version === undefined || newest - oldest <= 1 || version.minor === newest) return [];
  return [
    { path, problem: `API servers of 1.${oldest} and 1.${newest} at once`, hint: "at most one minor version apart" },
  ];
}

/** Never newer than the oldest API server, at most some versions older than the newest. */
function checkBehind({ path, image, version }: Placed, { oldest, newest }: Range, most: number): readonly Finding[] {
  if (version === undefined) return [];
  if (version.minor > oldest)
    return [{ path, problem: `${image} is newer than an API server of 1.${oldest}`, hint: "API servers go first" }];
  if (newest - version.minor > most)
    return [
      {
        path,
        problem: `${image} is more than ${most} minor version${most === 1 ? "" : "s"} older than an API server of 1.${newest}`,
      },
    ];
  return [];
}

/** kubectl: at most one minor version from each API server, either way. */
function checkAround({ path, image, version }: Placed, { oldest, newest }: Range): readonly Finding[] {
  // API servers that are too far apart are told of themselves
  if (version === undefined || newest - oldest > 1) return [];
  const hint = `use kubectl 1.${newest - 1} to 1.${oldest + 1}`;
  const far = (word: string, server: number): readonly Finding[] => [
    { path, problem: `${image} is more than 1 minor version ${word} than an API server of 1.${server}`, hint },
  ];
  if (version.minor > oldest + 1) return far("newer", oldest);
  return version.minor < newest - 1 ? far("older", newest) : [];
}

function checkProxy(proxy: Placed, kubelet: Placed): readonly Finding[] {
  if (proxy.version === undefined || kubelet.version === undefined) return [];
  if (Math.abs(proxy.version.minor - kubelet.version.minor) <= 3) return [];
  return [
    { path: proxy.path, problem: `${proxy.image} is more than 3 minor versions from the kubelet ${kubelet.image}` },
  ];
}
