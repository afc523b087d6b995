// Entry of flexkube-planner: builds what has effects and runs the command line.
import { argv, stderr, stdout } from "node:process";
import type { Clock } from "#shared/clock.ts";
import { printable } from "#shared/printable.ts";

/** As in the table of exit codes: files cannot be written. */
const unwritable = 73;
let isOutputLost = false;

// a reader that has seen enough, such as head, is no error; a full disk is one
stdout.on("error", (error: Error & { readonly code?: string }) => {
  if (error.code === "EPIPE" || isOutputLost) return;
  isOutputLost = true;
  process.exitCode = unwritable;
  stderr.write(`flexkube-planner: the output cannot be written: ${error.message}\n`);
});
// whom should that be told
stderr.on("error", () => undefined);

async function main(args: readonly string[]): Promise<number> {
  const { runPlanner } = await import("./cli/command-line.ts");
  const { diskFileIo } = await import("./io/disk-file-io.ts");
  const { diskRunLock } = await import("./io/disk-run-lock.ts");
  const { diskPkiIo } = await import("./pki/pki-io.ts");
  const { randomBytes } = await import("node:crypto");
  const { setTimeout: sleep } = await import("node:timers/promises");
  const clock: Clock = {
    now: () => Date.now(),
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  return runPlanner(args, {
    files: diskFileIo(),
    pki: diskPkiIo(),
    lock: diskRunLock(clock),
    clock,
    randomBytes,
    askRegistry: async (request) => (await import("./io/ask-registry.ts")).askRegistry(request),
    askApi: async (access, call) => (await import("./io/https-api.ts")).askApi(access, call),
    print: (text) => void stdout.write(printable(text)),
    printError: (text) => void stderr.write(printable(text)),
  });
}

main(argv.slice(2)).then(
  (code) => {
    // not exit(): output to a pipe may still be on its way
    process.exitCode = isOutputLost ? unwritable : code;
  },
  (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(printable(`flexkube-planner: ${text}\n`));
    process.exitCode = 1;
  },
);
