// What the containers of our own components have in common: host network, fixed user, no rights, read-only root.
import type { LogConfig } from "#shared/schema/words/container.ts";
import type { SpecDraft } from "./container-spec.ts";
import type { Owner } from "./directory-access.ts";
import { bare } from "#shared/state/bare-spec.ts";

type Service = Pick<SpecDraft, "args" | "mounts" | "tmpfs" | "capAdd"> & {
  readonly config: Owner & {
    readonly image: string;
    readonly entrypoint: readonly string[];
    readonly log: LogConfig;
    readonly stopTimeout: string;
  };
  readonly labels?: SpecDraft["labels"];
  readonly stopSignal?: string | undefined;
};

/** Spec of a component that serves on the host's network. */
export function serviceSpec({ config, args, mounts, tmpfs, capAdd, stopSignal, labels = {} }: Service): SpecDraft {
  return {
    ...bare,
    labels,
    image: config.image,
    entrypoint: config.entrypoint,
    args,
    user: `${config.uid}:${config.gid}`,
    networkMode: "host",
    noNewPrivileges: true,
    capAdd,
    mounts,
    tmpfs,
    log: config.log,
    stopSignal,
    stopTimeout: config.stopTimeout,
  };
}
