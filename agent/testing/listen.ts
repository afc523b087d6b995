// A server on loopback for tests; it goes with the test.
import type { Server } from "node:net";
import type { TestContext } from "node:test";

/** Starts to listen on a free port of 127.0.0.1 and resolves to it. */
export async function listen(context: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
