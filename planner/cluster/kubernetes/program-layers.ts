// Every place of the cluster config that says something about one Kubernetes program: sections, pools and overrides.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import { versionOfImage } from "#planner/cluster/versions/kubernetes-version.ts";
import type { Program } from "./flag-tables.ts";

export type ProgramLayer = {
  readonly program: Program;
  readonly path: Path;
  readonly image?: string | undefined;
  /** Of the programs that it speaks of, those of its overrides too; undefined: the one of the cluster's version. */
  readonly images: readonly (string | undefined)[];
  readonly entrypoint?: readonly string[] | undefined;
  readonly args?: object | undefined;
  readonly config?: object | undefined;
  /** Documents of an API server. */
  readonly admission?: object | undefined;
  readonly authentication?: object | undefined;
};

/** In the order of the programs; layers that say nothing are left out. */
export function programLayers({ controlPlane, kubelets, network }: ClusterConfig): readonly ProgramLayer[] {
  const layers: ProgramLayer[] = [];
  const add = (program: Program, path: Path, layer: Said | undefined, images: ProgramLayer["images"]): void => {
    if (layer === undefined) return;
    const { image, entrypoint, args, config, admission, authentication } = layer;
    layers.push({ program, path, image, images, entrypoint, args, config, admission, authentication });
  };
  for (const program of ["apiserver", "controllerManager", "scheduler"] as const) {
    const usual = controlPlane?.[program]?.image;
    const overrides = Object.entries(controlPlane?.overrides ?? {});
    const images = imagesOf(
      usual,
      overrides.map(([, override]) => override[program]),
    );
    add(program, ["controlPlane", program], controlPlane?.[program], images);
    for (const [host, override] of overrides)
      add(program, ["controlPlane", "overrides", host, program], override[program], [
        override[program]?.image ?? usual,
      ]);
  }
  for (const [name, pool] of Object.entries(kubelets)) {
    add("kubelet", ["kubelets", name], pool, imagesOf(pool.image, Object.values(pool.overrides)));
    for (const [host, override] of Object.entries(pool.overrides))
      add("kubelet", ["kubelets", name, "overrides", host], override, [override.image ?? pool.image]);
  }
  add("proxy", ["network", "proxy"], network.proxy, [network.proxy.image]);
  return layers;
}

type Said = Omit<ProgramLayer, "program" | "path" | "images">;

function imagesOf(usual: string | undefined, overrides: readonly (Said | undefined)[]): ProgramLayer["images"] {
  return [usual, ...overrides.flatMap((override) => override?.image ?? [])];
}

/** Minor versions of the programs that a layer speaks of, sorted; an image that does not tell counts as the cluster's. */
export function layerMinors({ images }: ProgramLayer, cluster: number): readonly number[] {
  return [...new Set(images.map((image) => minorOf(image, cluster)))].toSorted((a, b) => a - b);
}

/** Of one image. */
export function minorOf(image: string | undefined, cluster: number): number {
  return (image === undefined ? undefined : versionOfImage(image)?.minor) ?? cluster;
}
