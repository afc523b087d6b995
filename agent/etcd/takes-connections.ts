// Whether anything listens at an address.
import { connect } from "node:net";

export type Address = { readonly host: string; readonly port: number };

/** False when nobody answers within the limit or the host refuses. Rejects only with the signal's reason. */
export async function takesConnections(
  { host, port }: Address,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  signal?.throwIfAborted();
  const takes = await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      signal?.removeEventListener("abort", aborted);
      socket.destroy();
      resolve(answer);
    };
    const aborted = (): void => end(false);
    signal?.addEventListener("abort", aborted, { once: true });
    socket.setTimeout(deadlineMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
  signal?.throwIfAborted();
  return takes;
}
