// Every component of a host, by its section of the host config and in that order. A section of the schema without an entry here does not
// compile, nor does one that says nothing of its ports, secrets or certificates: so none can be accepted and do nothing.
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { addressKind } from "#shared/schema/types/address-kind.ts";
import { apiLoadBalancers } from "./api-load-balancers.ts";
import { apiServersFirst } from "./api-servers-first.ts";
import { clusterObjects } from "./cluster-objects.ts";
import type { AnyComponent, Certificates, Listener, NamedAt, ReachedPort, Section, SectionOf } from "./component.ts";
import { containers } from "./containers.ts";
import { disruption } from "./disruption.ts";
import { etcd } from "./etcd.ts";
import { kubeApiserver } from "./kube-apiserver.ts";
import { kubeControllerManager } from "./kube-controller-manager.ts";
import { kubeProxy } from "./kube-proxy.ts";
import { kubeScheduler } from "./kube-scheduler.ts";
import { kubelet } from "./kubelet.ts";
import { node } from "./node.ts";
import { podNetwork } from "./pod-network.ts";

export const componentTable = {
  etcd,
  apiLoadBalancers,
  disruption,
  apiServersFirst,
  kubeApiserver,
  kubeControllerManager,
  kubeScheduler,
  podNetwork,
  kubelet,
  kubeProxy,
  node,
  clusterObjects,
  containers,
} as const satisfies { readonly [Name in Section]: AnyComponent<Name> };

/** What the containers of a host may run, without the name of a pool or of a user's container. */
export type Program = (typeof componentTable)[Section]["programs"][number];

/** Sections that make containers. */
export type RunningSection = {
  [Name in Section]: (typeof componentTable)[Name]["programs"][number] extends never ? never : Name;
}[Section];

/** Every container of the host with the path of what makes it, in document order. */
export function containerNames(config: HostConfig): readonly NamedAt[] {
  return eachSection(config, (component, section) => component.containers(section));
}

/** Every port of the host that a component listens on. */
export function listeners(config: HostConfig): readonly Listener[] {
  return eachSection(config, (component, section) => component.listeners(section));
}

/**
 * Every port that other hosts of the cluster reach at an address of this one, in document order. One that listens on all addresses counts at the
 * host's own; where nobody knows that, it is left out.
 */
export function reachedPorts(config: HostConfig): readonly ReachedPort[] {
  const reached = eachSection(config, (component, section) =>
    component.reached(section, config).map((listener) => ({ ...listener, of: component.programs[0] ?? "" })),
  );
  return reached.flatMap(({ of, protocol, address: bound, port }) => {
    const address = addressKind(bound) === "unspecified" ? config.address : bound;
    if (address === undefined || addressKind(address) === "loopback") return [];
    return [{ of, protocol: protocol === "udp" ? "udp" : "tcp", address, port }];
  });
}

/** Every secret that a component names. */
export function componentReferences(config: HostConfig): readonly NamedAt[] {
  return eachSection(config, (component, section) => component.references(section));
}

/** What must hold among the secrets of all components. */
export function componentCertificates(config: HostConfig): Required<Certificates> {
  const all = sectionsOf(config).map(([name, section]) => componentOf(name).certificates(section));
  return {
    authorities: all.flatMap(({ authorities = [] }) => authorities),
    pairs: all.flatMap(({ pairs = [] }) => pairs),
    signers: all.flatMap(({ signers = [] }) => signers),
    tokenKeys: all.flatMap(({ tokenKeys = [] }) => tokenKeys),
  };
}

/** Whether what runs this program is never newer than an API server that it may reach. */
export function followsApiServers(program: string): boolean {
  return Object.values(componentTable).some(
    ({ programs, followsApiServers: follows }) => follows && programs.some((each) => each === program),
  );
}

function eachSection<Found extends { readonly path: Path }>(
  config: HostConfig,
  find: <Name extends Section>(component: AnyComponent<Name>, section: SectionOf<Name>) => readonly Found[],
): readonly Found[] {
  return sectionsOf(config).flatMap(([name, section]) =>
    find(componentOf(name), section).map((found) => ({ ...found, path: [name, ...found.path] })),
  );
}

/** The sections that a host config has, in the table's order. */
export function sectionsOf(config: HostConfig): readonly (readonly [Section, SectionOf<Section>])[] {
  return Object.entries(componentTable).flatMap(([key]) => {
    // the keys of the table are the sections of a host config
    const name = key as Section;
    const section = config[name];
    return section === undefined ? [] : [[name, section] as const];
  });
}

function componentOf<Name extends Section>(name: Name): AnyComponent<Name> {
  // the entry of a name is of that name, which an index hides
  return componentTable[name] as unknown as AnyComponent<Name>;
}
