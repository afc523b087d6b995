// A container that asks for nothing. What somebody's container may do or see beyond it stands where that container is specified.
import type { ContainerSpec } from "./desired.ts";

/** No rights, nothing of the host, a root that nobody writes. */
export const bare = {
  env: {},
  labels: {},
  pidMode: "",
  ipcMode: "",
  privileged: false,
  readOnlyRoot: true,
  capAdd: [],
  capDrop: ["ALL"],
  devices: [],
  mounts: [],
  tmpfs: {},
  ports: [],
  ulimits: [],
  sysctls: {},
} as const satisfies Partial<ContainerSpec>;

/** The same without a network and with a log that stays small, for temporary containers: `given` says what theirs have more. */
export function bareSpec(given: Pick<ContainerSpec, "image"> & Partial<ContainerSpec>): ContainerSpec {
  return {
    ...bare,
    networkMode: "none",
    securityOptions: [],
    log: { driver: "json-file", options: { "max-size": "1m" } },
    stopTimeoutSeconds: 10,
    ...given,
  };
}
