// What a lab leaves on the machine while it is up; nothing when it is down.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { runCommand } from "./run-command.ts";

/** One line for each process, control group, mount, loop device, and file of the lab in `dir`. */
export async function tracesOf(dir: string): Promise<readonly string[]> {
  const [sum = ""] = (await runCommand(["cksum"], { input: dir })).split(" ");
  const id = `lab-${sum}`;
  const lines = async (file: string) => (await readFile(file, "utf8").catch(gone)).split(/[\n\0]/);
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const about = (
      await Promise.all(["cgroup", "cmdline", "environ"].map((name) => lines(`/proc/${pid}/${name}`)))
    ).flat();
    if (about.some((text) => text.includes(dir) || text.includes(id))) found.push(`process ${pid}`);
  }
  for (const hierarchy of ["", ...(await readdir("/sys/fs/cgroup"))]) {
    if (existsSync(`/sys/fs/cgroup/${hierarchy}/${id}`)) found.push(`control group ${hierarchy}/${id}`);
  }
  for (const mount of await lines("/proc/self/mountinfo")) if (mount.includes(dir)) found.push(`mount ${mount}`);
  for (const loop of (await readdir("/sys/block")).filter((name) => name.startsWith("loop"))) {
    if ((await lines(`/sys/block/${loop}/loop/backing_file`))[0]?.includes(dir) === true) found.push(`device ${loop}`);
  }
  for (const file of [dir, `${dir}.lock`, `/run/flexkube-lab/labs/${id}`])
    if (existsSync(file)) found.push(`file ${file}`);
  return found;
}

/** Processes and devices end while they are being looked at; some processes, none of a lab's, may not be looked into. */
function gone(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ESRCH" || code === "ENXIO" || code === "EACCES") return "";
  throw error;
}
