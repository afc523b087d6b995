// Which boot of the host this is and how old it is: a clock that nobody sets.
import { readFile } from "node:fs/promises";
import { uptime } from "node:os";

export type Boot = {
  /** Another one after each boot; "" where the kernel does not tell. */
  readonly id: string;
  /** Milliseconds since then; never goes back. */
  readonly uptimeMs: () => number;
};

/** Never throws. */
export async function readBoot(): Promise<Boot> {
  const id = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return { id: id.trim(), uptimeMs: () => Math.round(uptime() * 1000) };
}
