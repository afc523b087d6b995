// Node's pool of threads, which file operations and name look-ups run on. One that hangs is lost until the kernel gives it back.
import { env } from "node:process";

/** Node has four unless told: two dead mounts and a resolver that does not answer would take all. */
const threads = 8;

/** How many may hang before nothing more is asked of a file system that might. */
export const mostStuck = threads - 2;

/** Before the pool is first used: it is made then, with this size (libuv, "Thread pool work scheduling"). */
export function widenThreadPool(): void {
  env["UV_THREADPOOL_SIZE"] = String(threads);
}
