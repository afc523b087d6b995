// What the containers of a node have in common: root on the host's network, without further rights.
import type { LogConfig } from "#shared/schema/words/container.ts";
import type { SpecDraft } from "#shared/expand/pieces/container-spec.ts";
import { bare } from "#shared/state/bare-spec.ts";

type Config = {
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly log: LogConfig;
  readonly stopTimeout: string;
};

/** A spec to add rights, arguments and mounts to. */
export function rootSpec({ image, entrypoint, log, stopTimeout }: Config): Omit<SpecDraft, "args" | "mounts"> {
  return {
    ...bare,
    image,
    entrypoint,
    user: "0:0",
    networkMode: "host",
    readOnlyRoot: false,
    noNewPrivileges: false,
    capDrop: [],
    log,
    stopSignal: "TERM",
    stopTimeout,
  };
}
