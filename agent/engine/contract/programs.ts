// Programs of the contract suite: for real engines a shell script, for the fake what it would do.
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";

type Program = { readonly script: string; readonly fake: (run: FakeRun) => FakeOutcome };

/** Exit code of `obedient` on TERM. */
export const obedientExit = 7;

export const programs = {
  /** Process 1 without a handler: the kernel keeps TERM from it. */
  deaf: { script: "echo ready; exec sleep 100000", fake: deaf },
  /** Ends on TERM, says so on HUP. */
  obedient: {
    script: `trap 'exit ${obedientExit}' TERM; trap 'echo hup' HUP; echo ready; while :; do sleep 0.02; done`,
    fake: obedient,
  },
  ends: { script: "exit 3", fake: () => ({ endsAfterMs: 0, exitCode: 3 }) },
  crashes: { script: "sleep 0.05; exit 9", fake: () => ({ endsAfterMs: 50, exitCode: 9 }) },
  /** Takes HUP, and crashes half a second after it or after a start that follows. */
  crashesLater: {
    script: "trap 'touch /told' HUP; echo ready; until [ -e /told ]; do sleep 0.02; done; sleep 0.5; exit 5",
    fake: crashesLater,
  },
  succeeds: { script: "exit 0", fake: () => ({ endsAfterMs: 0, exitCode: 0 }) },
  /** Says which control group namespace it is in. */
  cgroups: { script: "readlink /proc/self/ns/cgroup", fake: cgroups },
  /** Takes a place of its own for a file. */
  scratches: { script: "touch /scratch/file && exit 0; exit 1", fake: () => ({ endsAfterMs: 0, exitCode: 0 }) },
  /** Writes to both streams, and half a second later again. */
  complains: {
    script: "echo out; echo err >&2; sleep 0.5; echo later >&2; sleep 0.2",
    fake: complains,
  },
  talks: { script: "for i in 1 2 3 4 5; do echo line $i; done", fake: talks },
  /** Moves a file within the host directory; the old name must be there. */
  renames: { script: "mv /mnt/host/tmp/flexkube-contract/new /mnt/host/tmp/flexkube-contract/old", fake: renames },
  /** Tells type, owner and mode of what its further arguments name, not following links. */
  tells: { script: `stat -c '%F %u:%g %a' "$@"`, fake: () => ({ endsAfterMs: 0, exitCode: 127 }) },
  cleans: { script: "rm -rf /mnt/host/tmp/flexkube-contract", fake: cleans },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

/** Runs what the last argument names. */
export function contractProgram(run: FakeRun): FakeOutcome {
  const name = run.command.at(-1) ?? "";
  const program: Program | undefined = Object.entries(programs).find(([key]) => key === name)?.[1];
  return program?.fake(run) ?? { endsAfterMs: 0, exitCode: 127 };
}

function deaf({ log }: FakeRun): FakeOutcome {
  log("ready");
  return { onSignal: () => undefined };
}

function obedient({ log }: FakeRun): FakeOutcome {
  log("ready");
  return {
    onSignal: (signal) => {
      if (signal === "HUP") log("hup");
      return signal === "TERM" ? obedientExit : undefined;
    },
  };
}

function crashesLater({ log }: FakeRun): FakeOutcome {
  log("ready");
  return { endsAfterMs: 1000, exitCode: 5, onSignal: () => undefined };
}

function cgroups({ cgroupNamespace, log }: FakeRun): FakeOutcome {
  log(cgroupNamespace);
  return { endsAfterMs: 0 };
}

function talks({ log }: FakeRun): FakeOutcome {
  for (const line of [1, 2, 3, 4, 5]) log(`line ${line}`);
  return { endsAfterMs: 0 };
}

function complains({ log, complain }: FakeRun): FakeOutcome {
  log("out");
  complain("err");
  complain("later");
  return { endsAfterMs: 700 };
}

function renames({ files }: FakeRun): FakeOutcome {
  files.rename("/mnt/host/tmp/flexkube-contract/new", "/mnt/host/tmp/flexkube-contract/old");
  return { endsAfterMs: 0 };
}

function cleans({ files }: FakeRun): FakeOutcome {
  files.remove("/mnt/host/tmp/flexkube-contract");
  return { endsAfterMs: 0 };
}
