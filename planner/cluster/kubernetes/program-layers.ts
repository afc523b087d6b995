// Every place of the cluster config that says something about one Kubernetes program: sections, pools and overrides.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";
import type { Program } from "./flag-tables.ts";

export type ProgramLayer = {
  readonly program: Program;
  readonly path: Path;
  readonly image?: string | undefined;
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
  const add = (program: Program, path: Path, layer: Omit<ProgramLayer, "program" | "path"> | undefined): void => {
    if (layer === undefined) return;
    const { image, entrypoint, args, config, admission, authentication } = layer;
    layers.push({ program, path, image, entrypoint, args, config, admission, authentication });
  };
  for (const program of ["apiserver", "controllerManager", "scheduler"] as const) {
    add(program, ["controlPlane", program], controlPlane?.[program]);
    for (const [host, override] of Object.entries(controlPlane?.overrides ?? {}))
      add(program, ["controlPlane", "overrides", host, program], override[program]);
  }
  for (const [name, pool] of Object.entries(kubelets)) {
    add("kubelet", ["kubelets", name], pool);
    for (const [host, override] of Object.entries(pool.overrides))
      add("kubelet", ["kubelets", name, "overrides", host], override);
  }
  add("proxy", ["network", "proxy"], network.proxy);
  return layers;
}
