// A machine of the lab as the benchmark sees it: calls run within it, and what it takes is the processor time of the whole machine.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStores, labImages } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import { ticksOf, type LoggedTick } from "./agent-log.ts";
import type { BareCall } from "./bare-client.ts";
import type { WrittenCall } from "./bare-run-program.ts";
import type { BenchImages } from "./bench-host.ts";
import { w1Images } from "./w1.ts";

export type MachineHost = {
  readonly lab: LabHost;
  /** An empty directory of this machine: the file tree of a host on which nothing is yet. */
  readonly emptyRoot: string;
  /** Milliseconds that the calls took, by a program within the machine. */
  readonly bare: (calls: readonly BareCall[]) => Promise<number>;
};

const directory = "/opt/bench";
const programs = ["bare-run-program.ts", "bare-client.ts"];

/** Starts a lab with one machine that has all images, and takes it down whatever happens. */
export async function withMachine<Result>(
  act: (host: MachineHost, images: BenchImages) => Promise<Result>,
): Promise<Result> {
  const found = await labImages(...Object.values(w1Images));
  const agent = await agentImage();
  const seed = await imageStores(["machine"], [...Object.values(found), agent]);
  const lab = await startLab({ hosts: ["m1=machine"], seed });
  const emptyRoot = await mkdtemp(join(tmpdir(), "flexkube-bench-"));
  try {
    const host = lab.host("m1");
    await host.copyIn(execPath, `${directory}/node`, 0o755);
    for (const name of programs)
      await host.copyIn(fileURLToPath(new URL(name, import.meta.url)), `${directory}/${name}`);
    const w1 = {
      etcd: found[w1Images.etcd].reference,
      haproxy: found[w1Images.haproxy].reference,
      plain: found[w1Images.plain].reference,
    };
    return await act({ lab: host, emptyRoot, bare: async (calls) => runBare(host, calls) }, { agent, w1 });
  } finally {
    await lab.down();
    await rm(emptyRoot, { recursive: true });
  }
}

async function runBare(host: LabHost, calls: readonly BareCall[]): Promise<number> {
  const written = calls.map(({ upload, ...call }): WrittenCall =>
    upload === undefined ? call : { ...call, upload: Buffer.from(upload).toString("base64") },
  );
  const line = [`${directory}/node`, `${directory}/bare-run-program.ts`, "/run/docker.sock"];
  const { exitCode, stdout, stderr } = await host.attempt(line, { input: JSON.stringify(written) });
  if (exitCode !== 0) throw new Error(`the bare calls failed: ${stderr}`);
  return Number(stdout);
}

/** Finished ticks of the running agent. */
export async function ticksOn({ lab }: MachineHost): Promise<readonly LoggedTick[]> {
  const { stdout, stderr } = await lab.tryDocker(["logs", agentContainer]);
  return ticksOf(stderr + stdout);
}

/** The first settled tick after the first `count`; looked for seldom, since a look takes the machine's own time. */
export async function settledTick(host: MachineHost, count: number): Promise<LoggedTick> {
  return eventually(
    async () => {
      const found = (await ticksOn(host)).slice(count).find(({ result }) => result === "settled");
      if (found === undefined) throw new Error("none yet");
      return found;
    },
    { what: "a settled tick", deadlineMs: 360_000, everyMs: 2000 },
  );
}
