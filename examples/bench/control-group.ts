// Processor time and memory of a control group, by version 1 or 2 of the kernel's interface.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const top = "/sys/fs/cgroup";

export type ControlGroup = {
  /** Processor time since it was made, of all that ran in it. */
  readonly cpuMs: () => Promise<number>;
  /** Memory that is no copy of a file. */
  readonly anonymousMiB: () => Promise<number>;
};

/** The group of a process, or one below it. */
export async function controlGroupOf(pid: number, below = ""): Promise<ControlGroup> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, "utf8")).split("\n").map((line) => line.split(":"));
  const at = (controller: string): string => {
    const [, , path = "/"] =
      lines.find(([, names = ""]) => names.split(",").includes(controller)) ?? lines.find(([id]) => id === "0") ?? [];
    const base = [controller, ""].map((folder) => join(top, folder)).find((folder) => existsSync(join(folder, path)));
    return join(base ?? top, path, below);
  };
  const [cpu, memory] = [at("cpuacct"), at("memory")];
  return {
    cpuMs: async () => {
      if (existsSync(join(cpu, "cpuacct.usage")))
        return Number(await readFile(join(cpu, "cpuacct.usage"), "utf8")) / 1e6;
      return numberIn(await readFile(join(cpu, "cpu.stat"), "utf8"), "usage_usec") / 1000;
    },
    anonymousMiB: async () => {
      const stat = await readFile(join(memory, "memory.stat"), "utf8");
      return numberIn(stat, /^total_rss /m.test(stat) ? "total_rss" : "anon") / 2 ** 20;
    },
  };
}

function numberIn(text: string, name: string): number {
  const found = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`the control group says nothing about ${name}`);
  return Number(found);
}
