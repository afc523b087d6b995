// What the engine is told when a container is made. Pure; unset fields are left out so that Docker's defaults apply.
import type { PortConfig } from "#shared/schema/words/container.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { docker, tmpfsOptions, type Dialect } from "./dialect.ts";
import type { CreateRequest } from "./engine.ts";
import { limitsOf, type LimitsBody } from "./limits.ts";

type PortBinding = { readonly HostIp: string; readonly HostPort: string };
type Propagation = ContainerSpec["mounts"][number]["propagation"];

export type HostConfigBody = LimitsBody & {
  readonly NetworkMode: string;
  readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly Mounts?: readonly {
    readonly Type: "bind";
    readonly Source: string;
    readonly Target: string;
    readonly ReadOnly: boolean;
    readonly BindOptions: { readonly Propagation: Propagation };
  }[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly PortBindings?: Readonly<Record<string, readonly PortBinding[]>>;
  readonly Devices?: readonly {
    readonly PathOnHost: string;
    readonly PathInContainer: string;
    readonly CgroupPermissions: string;
  }[];
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly PidMode?: string;
  readonly IpcMode?: string;
  readonly UsernsMode?: string;
  readonly CgroupnsMode?: string;
  readonly Privileged?: true;
  readonly ReadonlyRootfs?: true;
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly SecurityOpt?: readonly string[];
};

/** What an engine has other words for. */
type Words = Pick<Dialect, "unlimited" | "tmpfsHasOwner">;

export type CreateBody = {
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly StopTimeout: number;
  readonly StopSignal?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly Hostname?: string;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly HostConfig: HostConfigBody;
};

/**
 * The body of a create call; the name travels beside it. Ownership labels win over the spec's.
 */
export function createBody(request: CreateRequest, dialect: Words = docker): CreateBody {
  const { spec } = request;
  const command = [...(spec.args ?? []), ...(request.startArgs ?? [])];
  const ports = portsOf(spec.ports);
  return {
    Image: spec.image,
    Labels: { ...spec.labels, ...request.labels },
    StopTimeout: spec.stopTimeoutSeconds,
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint }),
    ...(command.length === 0 ? {} : { Cmd: command }),
    ...unlessEmpty("Env", environmentOf(spec.env)),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
    ...(spec.ports.length === 0 ? {} : { ExposedPorts: ports.exposed }),
    HostConfig: {
      ...hostConfigOf(spec, dialect),
      ...(spec.ports.length === 0 ? {} : { PortBindings: ports.bindings }),
      ...dialect.unlimited,
      ...limitsOf(request.resources),
      RestartPolicy: { Name: request.restart, MaximumRetryCount: 0 },
    },
  };
}

function hostConfigOf(spec: ContainerSpec, dialect: Words): Omit<HostConfigBody, "RestartPolicy"> {
  const tmpfs = Object.entries(spec.tmpfs).map(([path, options]) => [path, tmpfsOptions(options, dialect)] as const);
  return {
    NetworkMode: spec.networkMode,
    LogConfig: { Type: spec.log.driver, Config: spec.log.options },
    ...unlessEmpty("Mounts", spec.mounts.map(mountOf)),
    ...(tmpfs.length === 0 ? {} : { Tmpfs: Object.fromEntries(tmpfs) }),
    ...unlessEmpty("Devices", spec.devices.map(deviceOf)),
    ...unlessEmpty(
      "Ulimits",
      spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ),
    ...(Object.keys(spec.sysctls).length === 0 ? {} : { Sysctls: spec.sysctls }),
    ...(spec.pidMode === "" ? {} : { PidMode: spec.pidMode }),
    ...(spec.ipcMode === "" ? {} : { IpcMode: spec.ipcMode }),
    ...(spec.usernsMode === undefined ? {} : { UsernsMode: spec.usernsMode }),
    ...(spec.cgroupnsMode === undefined ? {} : { CgroupnsMode: spec.cgroupnsMode }),
    ...(spec.privileged ? { Privileged: true as const } : {}),
    ...(spec.readOnlyRoot ? { ReadonlyRootfs: true as const } : {}),
    ...unlessEmpty("CapAdd", spec.capAdd),
    ...unlessEmpty("CapDrop", spec.capDrop),
    ...unlessEmpty("SecurityOpt", spec.securityOptions),
  };
}

/** Type `bind` refuses a missing source; Docker's short form would silently make a directory there. */
function mountOf(mount: ContainerSpec["mounts"][number]): NonNullable<HostConfigBody["Mounts"]>[number] {
  return {
    Type: "bind",
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
    BindOptions: { Propagation: mount.propagation },
  };
}

function deviceOf(device: ContainerSpec["devices"][number]): NonNullable<HostConfigBody["Devices"]>[number] {
  return { PathOnHost: device.host, PathInContainer: device.container, CgroupPermissions: device.permissions };
}

function environmentOf(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

function portsOf(ports: readonly PortConfig[]): {
  readonly exposed: Record<string, Record<string, never>>;
  readonly bindings: Record<string, readonly PortBinding[]>;
} {
  const bindings: Record<string, readonly PortBinding[]> = {};
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.address, HostPort: String(port.hostPort) }];
  }
  const exposed = Object.fromEntries(Object.keys(bindings).map((key) => [key, {}]));
  return { exposed, bindings };
}

function unlessEmpty<Key extends string, Item>(
  key: Key,
  items: readonly Item[],
): Partial<Record<Key, readonly Item[]>> {
  // the computed key is exactly Key; TypeScript widens it to string
  return items.length === 0 ? {} : ({ [key]: items } as Record<Key, readonly Item[]>);
}
