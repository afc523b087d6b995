// A config container: a short-lived container of the agent's own image with the host's `/` at `hostMount`.
// It must not outlive its use; what an interrupted agent leaves behind is found by its label.
import { withHelper } from "#agent/engine/helper.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { helperResources } from "#agent/engine/limits.ts";
import type { Engine } from "#agent/engine/engine.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";

/** Where the host's `/` is inside a config container. */
export const hostMount = "/mnt/host";

export type ConfigContainerOptions = {
  readonly engine: Engine;
  /** Id of the agent's own image. */
  readonly selfImage: string;
  /** Whose files it writes; unset for one that only reads, which may come before there is a host config. */
  readonly cluster?: string | undefined;
  readonly host?: string | undefined;
  /** Makes the name unique, such as 8 hex digits; used by one container only. */
  readonly nonce: string;
  readonly signal?: AbortSignal | undefined;
};

/** Limit of a write to the host's files, and of their being put in place: a file system that is silent longer is ill. */
export const writeDeadlineMs = 20_000;

export type UseOptions = {
  readonly args: readonly string[];
  /** No file of the host may be changed. */
  readonly readOnly: boolean;
  /** Its own root takes files that the commit command then places on the host, with owners of their own. */
  readonly isStage?: boolean;
  /** It gives what is on the host to other users. */
  readonly isGiving?: boolean;
};

/**
 * Creates the container with these arguments, hands its id to `use`, and removes it whatever happens. A call in
 * flight is finished when the signal aborts; the signal is looked at between calls.
 */
export async function withConfigContainer<Result>(
  options: ConfigContainerOptions & UseOptions,
  use: (id: string) => Promise<Result>,
): Promise<Result> {
  const { engine, cluster = "", host = "" } = options;
  options.signal?.throwIfAborted();
  const request = {
    name: `flexkube-config-${options.nonce}`,
    spec: configSpec(options),
    labels: helperLabels({ cluster, host, purpose: "config" }),
    resources: helperResources,
  };
  return withHelper(engine, request, use);
}

/**
 * Propagation rslave: dockerd refuses a private mount of a directory above its own root, falls back to private where
 * `/` is not shared, and a submount held by us would keep the host from unmounting it.
 */
function configSpec(options: UseOptions & { readonly selfImage: string }): ContainerSpec {
  return bareSpec({
    image: options.selfImage,
    entrypoint: ["/flexkube-agent"],
    args: options.args,
    user: "0:0",
    readOnlyRoot: options.isStage !== true,
    // FSETID: a directory keeps its set-group-id bit
    capAdd:
      options.isStage === true || options.isGiving === true
        ? ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]
        : ["DAC_OVERRIDE", "FOWNER"],
    securityOptions: ["no-new-privileges", "label=disable"],
    mounts: [{ source: "/", target: hostMount, readOnly: options.readOnly, propagation: "rslave" }],
    usernsMode: "host",
  });
}
