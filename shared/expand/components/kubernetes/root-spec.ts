// What the containers of a node have in common: root on the host's network, without further rights.
import type { LogConfig } from "#shared/schema/words/container.ts";
import type { SpecDraft } from "#shared/expand/pieces/container-spec.ts";

type Config = {
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly log: LogConfig;
  readonly stopTimeout: string;
};

/** A spec to add rights, arguments and mounts to. */
export function rootSpec({ image, entrypoint, log, stopTimeout }: Config): Omit<SpecDraft, "args" | "mounts"> {
  return {
    image,
    entrypoint,
    env: {},
    labels: {},
    user: "0:0",
    networkMode: "host",
    pidMode: "",
    ipcMode: "",
    privileged: false,
    readOnlyRoot: false,
    noNewPrivileges: false,
    capAdd: [],
    capDrop: [],
    devices: [],
    tmpfs: {},
    ports: [],
    ulimits: [],
    sysctls: {},
    log,
    stopSignal: "TERM",
    stopTimeout,
  };
}
