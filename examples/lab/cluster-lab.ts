// A lab whose hosts begin with all images of the examples without Kubernetes.
import { architectureOf, exampleImages, imageStores } from "./images.ts";
import { startLab, type Lab, type LabOptions } from "./lab.ts";

/**
 * Names of hosts, or name to base as in startLab, and what else it takes. The agent's image and those of busybox, HAProxy and etcd 3.5 are on them.
 */
export async function startClusterLab(
  hosts: readonly string[] | Readonly<Record<string, string>>,
  options: Pick<LabOptions, "boot" | "packages"> = {},
): Promise<Lab> {
  const bases = Array.isArray(hosts) ? ["stable"] : Object.values<string>(hosts);
  const stores = [...new Set(bases)].map(async (base) =>
    imageStores([base], await exampleImages(architectureOf(base))),
  );
  const seed = (await Promise.all(stores)).reduce((all, store) => ({ ...all, ...store }), {});
  return startLab({ ...options, hosts, seed });
}
