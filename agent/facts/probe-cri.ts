// Asks a container runtime over its socket whether it speaks CRI v1.
import { errnoOf } from "#agent/files/errno.ts";
import { callCri, grpcOk, grpcUnimplemented } from "./cri-call.ts";

/**
 * yes: it answers. no: there is no socket, or what answers has no CRI (containerd with its plug-in switched off).
 * unknown: nobody knows now; it may be starting.
 */
export type CriAnswer = "yes" | "no" | "unknown";

/** Never rejects but with the signal's reason. */
export async function probeCri(
  socketPath: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<CriAnswer> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const limit = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    const { status } = await callCri(socketPath, { method: "Version", message: Buffer.alloc(0) }, limit);
    if (status === grpcOk) return "yes";
    return status === grpcUnimplemented ? "no" : "unknown";
  } catch (error) {
    options.signal?.throwIfAborted();
    return errnoOf(error) === "ENOENT" ? "no" : "unknown";
  }
}
