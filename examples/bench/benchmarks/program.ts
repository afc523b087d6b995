// The size of what is shipped and the start of a command that does nothing.
import { withHosts, sizeOf } from "../bench-host.ts";
import { eachRound, type Benchmark } from "../benchmark.ts";
import { timedProgram } from "../timed-program.ts";
import { composeProgram, programPath } from "../w1-host.ts";

const megabyte = 1e6;

/** Bytes of the image and the programs; wall of `version` against that of docker compose. */
export const program: Benchmark = async ({ rounds = 15, progress }) =>
  withHosts(["agent"], async ({ agent: host }, images) => {
    const other = await composeProgram();
    const size = await host.lab.docker("image", "inspect", "--format", "{{.Size}}", images.agent.reference);
    const [ours, theirs]: [number[], number[]] = [[], []];
    await eachRound(rounds, { what: "version", progress }, async () => {
      ours.push((await timedProgram([programPath("flexkube-agent"), "version"])).wallMs);
      theirs.push((await timedProgram([other, "version"])).wallMs);
    });
    return [
      {
        work: "program",
        quantity: "image of the agent",
        unit: "MB",
        ours: [Number(size) / megabyte],
        goals: [{ kind: "at-most", limit: 120 }],
      },
      {
        work: "program",
        quantity: "executable",
        unit: "MB",
        ours: [(await sizeOf(programPath("flexkube-agent"))) / megabyte],
        compose: [(await sizeOf(other)) / megabyte],
        goals: [],
      },
      {
        work: "program",
        quantity: "wall of `version`",
        unit: "ms",
        ours,
        compose: theirs,
        goals: [{ kind: "at-most", limit: 150 }],
      },
    ];
  });
