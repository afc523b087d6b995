// Writes what became of a delivered host config to the host's own Node, beside the ticks.
import type { Log } from "#agent/log/round-log.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import { nodePath } from "#agent/kubernetes/observe-node.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import type { DesiredNode } from "#shared/state/desired.ts";

export type Acknowledger = {
  /** `seen` is what stands there. What cannot be written is written after a later tick. */
  readonly tell: (node: Pick<DesiredNode, "name" | "api">, text: string, seen: string | undefined) => void;
  /** Resolves when nothing is under way. */
  readonly close: () => Promise<void>;
};

export function createAcknowledger(
  connect: ConnectKubernetes,
  { log, signal }: { readonly log: Pick<Log, "debug">; readonly signal: AbortSignal },
): Acknowledger {
  let running: Promise<void> | undefined;
  const write = async ({ name, api }: Pick<DesiredNode, "name" | "api">, text: string): Promise<void> => {
    try {
      const body = { metadata: { annotations: { [deliveredAnnotation]: text } } };
      const request = { method: "PATCH", path: nodePath(name), format: "merge-patch", body } as const;
      await connect(api).request(request, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isFlexkubeError(error)) throw error;
      log.debug({ err: error, details: error.details }, "what became of the host config cannot be told at the node");
    }
  };
  return {
    tell: (node, text, seen) => {
      if (running !== undefined || seen === text || signal.aborted) return;
      running = write(node, text).finally(() => (running = undefined));
    },
    close: async () => running,
  };
}
