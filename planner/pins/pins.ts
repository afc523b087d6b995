// Images by the digests of their content, where a lock file knows them. Pure.
import { imageName } from "#shared/image-name.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** Reference as it is written → digest, such as `sha256:…`. */
export type Pins = ReadonlyMap<string, string>;

/** The reference with its digest behind; as it is when it has one already, or when none is known. */
export function pinned(image: string, pins: Pins | undefined): string {
  const digest = pins?.get(image);
  return digest === undefined || imageName(image).digest !== undefined ? image : `${image}@${digest}`;
}

/** The host config with a digest behind each image that has one. */
export function withPins(config: HostConfig, pins: Pins | undefined): HostConfig {
  return pins === undefined ? config : withImages(config, (image) => pinned(image, pins));
}

/** The host config with another image at every place that has one. */
function withImages(config: HostConfig, change: (image: string) => string): HostConfig {
  const one = <Section extends { readonly image: string }>(section: Section): Section => ({
    ...section,
    image: change(section.image),
  });
  const all = <Section extends { readonly image: string }>(sections: Readonly<Record<string, Section>>) =>
    Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, one(section)]));
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, podNetwork, kubelet, kubeProxy } = config;
  const { clusterObjects, apiLoadBalancers, containers } = config;
  return {
    ...config,
    ...(etcd && { etcd: one(etcd) }),
    apiLoadBalancers: all(apiLoadBalancers),
    ...(kubeApiserver && { kubeApiserver: one(kubeApiserver) }),
    ...(kubeControllerManager && { kubeControllerManager: one(kubeControllerManager) }),
    ...(kubeScheduler && { kubeScheduler: one(kubeScheduler) }),
    ...(podNetwork && { podNetwork: { ...one(podNetwork), pluginsImage: change(podNetwork.pluginsImage) } }),
    ...(kubelet && { kubelet: one(kubelet) }),
    ...(kubeProxy && { kubeProxy: one(kubeProxy) }),
    ...(clusterObjects && {
      clusterObjects: {
        ...clusterObjects,
        kubectlImage: change(clusterObjects.kubectlImage),
        ...(clusterObjects.helmImage === undefined ? {} : { helmImage: change(clusterObjects.helmImage) }),
      },
    }),
    containers: all(containers),
  };
}

/** All images of a host config, each once. */
export function imagesOf(config: HostConfig): ReadonlySet<string> {
  const found = new Set<string>();
  withImages(config, (image) => {
    found.add(image);
    return image;
  });
  return found;
}
