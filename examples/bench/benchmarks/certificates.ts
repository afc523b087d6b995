// 2,000 leaf certificates made and written by the planner's PKI, and the same once more when all of them are good.
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { timedProgram } from "../timed-program.ts";

const leaves = 2000;
const program = fileURLToPath(new URL("../make-certificates.ts", import.meta.url));

/** Processor time of the process, and files that a second run touches. */
export const certificates: Benchmark = async ({ rounds = 1, progress }) => {
  const [first, again, touched]: [number[], number[], number[]] = [[], [], []];
  await eachRound(rounds, { what: `${leaves} certificates`, progress }, async () => {
    const directory = await mkdtemp(join(tmpdir(), "flexkube-bench-"));
    const make = async (): Promise<number> =>
      (await timedProgram([execPath, program, directory, String(leaves)])).cpuMs / 1000;
    try {
      first.push(await make());
      const before = await marksOf(directory);
      again.push(await make());
      const after = await marksOf(directory);
      touched.push([...after].filter(([path, mark]) => before.get(path) !== mark).length);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
  const work = `${leaves} leaf certificates`;
  return [
    { work, quantity: "CPU, first", unit: "s", ours: first, goals: [{ kind: "at-most", limit: 15 }] },
    { work, quantity: "CPU, again", unit: "s", ours: again, goals: [] },
    { work, quantity: "files touched again", unit: "", ours: touched, goals: [{ kind: "at-most", limit: 0 }] },
  ];
};

/** Inode and times of each file, by path. */
async function marksOf(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (path) => {
        const { ino, mtimeMs, ctimeMs } = await stat(path);
        return [path, `${ino} ${mtimeMs} ${ctimeMs}`] as const;
      }),
    ),
  );
}
