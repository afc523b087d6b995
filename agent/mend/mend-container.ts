// The container that mends a host: privileged, on the host's network so that its network parameters are the host's.
import { hostMount } from "#agent/files/config-container.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";

/** Its spec; `mends` are the arguments of the `mend` command. */
export function mendSpec(selfImage: string, mends: readonly string[]): ContainerSpec {
  return {
    image: selfImage,
    entrypoint: ["/flexkube-agent"],
    args: ["mend", ...mends],
    env: {},
    labels: {},
    user: "0:0",
    networkMode: "host",
    pidMode: "",
    ipcMode: "",
    privileged: true,
    readOnlyRoot: true,
    capAdd: [],
    capDrop: [],
    securityOptions: ["label=disable"],
    devices: [],
    mounts: [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log: { driver: "json-file", options: { "max-size": "1m" } },
    stopTimeoutSeconds: 10,
    usernsMode: "host",
  };
}
