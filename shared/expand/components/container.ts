// "Any container with files": a container of the host config as the user wrote it.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { ContainerConfig, MountConfig } from "#shared/schema/words/container.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { SpecDraft } from "#shared/expand/pieces/container-spec.ts";
import { fileDraft, octal } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { claim } from "#shared/expand/pieces/socket-address.ts";

/** The desired container of that name; its component has the same name. */
export function expandContainer(name: string, config: ContainerConfig, secrets: SecretStore): DesiredContainer {
  const draft = {
    component: name,
    name,
    rank: componentTable.containers.rank,
    dependsOn: config.dependsOn,
    spec: specOf(config),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: config.mounts.flatMap(dataDirectory),
    files: config.files.map((file) => fileDraft(file, secrets)),
    filesAt: config.filesAt,
    liveFilesAt: config.liveFilesAt,
    check: config.check,
    probe: resolveProbe(config.probe, secrets),
    goBack: "always",
    claims: config.ports.map((port) => claim(port.address, port.hostPort, port.protocol)),
  } as const;
  return assemble(draft, secrets);
}

function specOf(config: ContainerConfig): SpecDraft {
  return {
    image: config.image,
    entrypoint: config.entrypoint,
    args: config.args,
    env: config.env,
    labels: config.labels,
    user: config.user,
    hostname: config.hostname,
    workingDirectory: config.workingDirectory,
    networkMode: config.networkMode,
    pidMode: config.pidMode,
    ipcMode: config.ipcMode,
    privileged: config.privileged,
    readOnlyRoot: config.readOnlyRoot,
    noNewPrivileges: config.noNewPrivileges,
    capAdd: config.capabilities.add,
    capDrop: config.capabilities.drop,
    devices: config.devices,
    mounts: config.mounts.map(withoutCreate),
    tmpfs: config.tmpfs,
    ports: config.ports,
    ulimits: config.ulimits,
    sysctls: config.sysctls,
    log: config.log,
    stopSignal: config.stopSignal,
    stopTimeout: config.stopTimeout,
  };
}

function withoutCreate({ create: _, ...mount }: MountConfig): Omit<MountConfig, "create"> {
  return mount;
}

function dataDirectory({ source, create }: MountConfig): DesiredContainer["dataDirectories"] {
  return create === undefined ? [] : [{ path: source, mode: octal(create.mode), uid: create.uid, gid: create.gid }];
}
