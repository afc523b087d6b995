// Who a process is, on this machine and seen from others, and whether it still runs.
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

export type ProcessIdentity = {
  /** One boot of one kernel; the same in its containers. Empty where the kernel does not tell. */
  readonly boot: string;
  /** The namespace that gives the process id its meaning. */
  readonly space: string;
  readonly pid: number;
  /** Clock ticks after boot, so that a reused process id is not taken for the old process. */
  readonly startTime: string;
  readonly host: string;
};

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process;
  const boot = (await orEmpty(readFile("/proc/sys/kernel/random/boot_id", "utf8"))).replaceAll(/[^0-9a-f]/g, "");
  const space = (await orEmpty(readlink("/proc/self/ns/pid"))).replaceAll(/\D/g, "");
  return { boot, space, pid, startTime: (await startTimeOf(pid)) ?? "", host: hostname() };
}

/** Undefined when it cannot be told from here: it is of another machine, another boot, or another container. */
export async function isRunning(other: ProcessIdentity, own: ProcessIdentity): Promise<boolean | undefined> {
  if (own.boot === "" || own.space === "" || other.boot !== own.boot || other.space !== own.space) return undefined;
  return (await startTimeOf(other.pid)) === other.startTime;
}

/** Undefined when there is no such process, or only what its parent has not taken notice of yet. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, "utf8"));
  // the name before it may hold anything
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" || state === "Z" || state === "X" ? undefined : fields[18];
}

async function orEmpty(text: Promise<string>): Promise<string> {
  try {
    return await text;
  } catch {
    // there is no such process, or no /proc at all
    return "";
  }
}
