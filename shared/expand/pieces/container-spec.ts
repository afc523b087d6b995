// The container spec in its one normal form: lists that are sets sorted, security options derived.
import { durationMs } from "#shared/duration.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { sortedBy } from "./sorted-by.ts";
import { sortedRecord } from "./sorted-record.ts";

/** A spec before what follows from it is added. */
export type SpecDraft = Omit<ContainerSpec, "securityOptions" | "usernsMode" | "stopTimeoutSeconds"> & {
  readonly noNewPrivileges: boolean;
  /** Users are those of the host even where Docker maps a container's users to others. */
  readonly hostUsers?: true;
  /** Duration text. */
  readonly stopTimeout: string;
};

/** The spec that is hashed. Its form is frozen by the golden files: a new field must be unset where it does not apply. */
export function containerSpec(draft: SpecDraft): ContainerSpec {
  const { hostUsers, noNewPrivileges, stopTimeout, ...spec } = draft;
  return {
    ...spec,
    env: sortedRecord(spec.env),
    labels: sortedRecord(spec.labels),
    capAdd: spec.capAdd.toSorted(),
    capDrop: spec.capDrop.toSorted(),
    securityOptions: securityOptions(spec.mounts.length > 0, noNewPrivileges),
    devices: sortedBy(spec.devices, (device) => `${device.container}\0${device.host}`),
    mounts: sortedBy(spec.mounts, (mount) => `${mount.target}\0${mount.source}`),
    tmpfs: sortedRecord(spec.tmpfs),
    ports: sortedBy(spec.ports, (port) => [port.protocol, port.address, port.hostPort, port.containerPort].join("\0")),
    ulimits: sortedBy(spec.ulimits, (ulimit) => ulimit.name),
    sysctls: sortedRecord(spec.sysctls),
    log: { driver: spec.log.driver, options: sortedRecord(spec.log.options) },
    stopSignal: spec.stopSignal?.replace(/^SIG/, ""),
    stopTimeoutSeconds: Math.ceil(durationMs(stopTimeout) / 1000),
    usernsMode: hostUsers === true || sharesHostNamespaces(spec) ? "host" : undefined,
  };
}

/** SELinux would keep a container from files of the host that carry no container label. */
function securityOptions(mountsHostFiles: boolean, noNewPrivileges: boolean): readonly string[] {
  return [...(mountsHostFiles ? ["label=disable"] : []), ...(noNewPrivileges ? ["no-new-privileges"] : [])];
}

/** Docker refuses these together with a remapped user namespace. */
function sharesHostNamespaces(spec: Pick<ContainerSpec, "networkMode" | "pidMode" | "privileged">): boolean {
  return spec.networkMode === "host" || spec.pidMode === "host" || spec.privileged;
}
