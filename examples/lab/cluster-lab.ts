// A lab whose hosts begin with all images of the examples without Kubernetes.
import { agentImage, imageStores, labImages } from "./images.ts";
import { startLab, type Lab, type LabOptions } from "./lab.ts";

/**
 * Names of hosts, or name to base as in startLab, and what else it takes. The agent's image and those of busybox, HAProxy and etcd 3.5 are on them.
 */
export async function startClusterLab(
  hosts: readonly string[] | Readonly<Record<string, string>>,
  options: Pick<LabOptions, "boot"> = {},
): Promise<Lab> {
  const images = [...Object.values(await labImages("busybox", "haproxy", "etcd35")), await agentImage()];
  const bases = Array.isArray(hosts) ? ["stable"] : Object.values<string>(hosts);
  return startLab({ ...options, hosts, seed: await imageStores(bases, images) });
}
