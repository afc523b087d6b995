// A container's specification for tests, with what does not matter filled in.
import type { ContainerSpec } from "#shared/state/desired.ts";

/** Without rights, mounts and limits, on the host's network; it is given 10 seconds to stop. */
export function plainSpec(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    image: "busybox:1",
    env: {},
    labels: {},
    networkMode: "host",
    pidMode: "",
    ipcMode: "",
    privileged: false,
    readOnlyRoot: false,
    capAdd: [],
    capDrop: [],
    securityOptions: [],
    devices: [],
    mounts: [],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: {} },
    stopTimeoutSeconds: 10,
    ...overrides,
  };
}
