// Entry of flexkube-agent: a dispatcher that builds what has effects, with lazy imports so that `version` and the
// hidden `commit` start fast.
import { once } from "node:events";
import { argv, env, exit, pid, stdin, stderr, stdout } from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import type { Logger } from "pino";
import { printable } from "#shared/printable.ts";
import type { Environment } from "./cli/environment.ts";
import { widenThreadPool } from "./files/thread-pool.ts";

widenThreadPool();

/** As in the table of exit codes: files cannot be written. */
const unwritable = 73;
let isOutputLost = false;
const unread = new AbortController();

// a reader that has seen enough, such as head, is no error; a full disk is one
stdout.on("error", (error: Error & { readonly code?: string }) => {
  unread.abort(error);
  if (error.code === "EPIPE" || isOutputLost) return;
  isOutputLost = true;
  stderr.write(`flexkube-agent: the output cannot be written: ${error.message}\n`);
});
// whom should that be told
stderr.on("error", () => undefined);

/** The hidden commands of temporary containers, each of which loads what it needs; undefined for any other. */
async function runHelper([command, ...args]: readonly string[]): Promise<number | undefined> {
  const root = "/mnt/host";
  const print = (line: string): void => void stderr.write(`${line}\n`);
  if (command === "commit") {
    const { runCommit } = await import("./files/commit-command.ts");
    return runCommit(args, { root, stage: "/flexkube-stage", print });
  }
  if (command === "mend") {
    const { runMend } = await import("./mend/mend-command.ts");
    return runMend(args, { root, proc: "/proc", print });
  }
  if (command === "backups") {
    const { runKeep } = await import("./backup/keep-command.ts");
    return runKeep(args, { directory: "/backups", print: (line) => print(printable(line)) });
  }
  if (command === "restore") {
    const { runRestore } = await import("./restore/restore-command.ts");
    return runRestore(args, { data: "/data", snapshots: "/snapshot", print: (line) => print(printable(line)) });
  }
  if (command !== "firewall") return undefined;
  const { runFirewall } = await import("./firewall/firewall-command.ts");
  const { createHostPrograms } = await import("./firewall/host-program.ts");
  return runFirewall(args, { run: createHostPrograms(root), print });
}

async function main(args: readonly string[]): Promise<number> {
  const helped = await runHelper(args);
  if (helped !== undefined) return helped;
  if (args[0] === "end") return Number(args[1]);
  if ((args[0] === "version" || args[0] === "--version") && args.length === 1) {
    const { versionLine } = await import("#shared/version.ts");
    stdout.write(versionLine("flexkube-agent"));
    return 0;
  }
  const { runAgent } = await import("./cli/command-line.ts");
  const { createPatience } = await import("./files/patience.ts");
  const { createNudges } = await import("./tick/nudges.ts");
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop.abort(new Error(name)));
  // performance.now() is the kernel's monotonic clock
  const begun = Date.now() - performance.now();
  const clock = { now: () => Math.round(begun + performance.now()), wall: () => ({ epochMs: Date.now() }), sleep };
  const patience = createPatience({ clock });
  const hangups = createNudges();
  process.on("SIGHUP", hangups.tell);
  const work = runAgent(args, {
    hangups,
    env,
    pid,
    signal: stop.signal,
    clock,
    patience,
    random: () => Math.random(),
    writeBytes: async (bytes) => write(stdout, bytes),
    pour: async (stream, text) => write(stream === "stdout" ? stdout : stderr, printable(text)),
    unread: unread.signal,
    print: (text) => void stdout.write(printable(text)),
    printError: (text) => void stderr.write(printable(text)),
    readStandardInput,
    connect: async (socketPath, existsOnHost) => {
      const { DockerodeEngine } = await import("./engine/dockerode.ts");
      return new DockerodeEngine({ socketPath, existsOnHost });
    },
    otherLoop: async (engine) => (await import("./presence/other-loop.ts")).otherLoop(engine, pid),
    createLogger,
  });
  return ended(work, { signal: stop.signal, clock, patience });
}

async function write(stream: typeof stdout | typeof stderr, bytes: Uint8Array | string): Promise<void> {
  if (unread.signal.aborted || stream.write(bytes)) return;
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]);
  } catch {
    // its error is told where streams are listened to
  } finally {
    over.abort();
  }
}

/** The exit code, where the process can still end in the usual way. */
async function ended(
  work: Promise<number>,
  { signal, clock, patience }: Pick<Environment, "signal" | "clock" | "patience">,
): Promise<number> {
  const { endInTime } = await import("./cli/end-in-time.ts");
  const { exitCodes } = await import("#shared/errors.ts");
  const { code, cut } = await endInTime(work, { signal, clock, code: exitCodes.step });
  if (cut) stderr.write("flexkube-agent: ended in the middle of its work, which did not end; the next agent goes on\n");
  // a thread may wait for what never answers
  if (cut || patience.stuck().length > 0) await leave(code);
  return code;
}

async function readStandardInput(): Promise<Uint8Array> {
  const { readBounded } = await import("./files/read-bounded.ts");
  const { maxDocumentBytes } = await import("#shared/document/parse-yaml.ts");
  return readBounded(stdin, maxDocumentBytes + 1);
}

/**
 * The end of a process waits for every thread, also for one that waits for a file system. As the first process of a
 * container it cannot be killed from within either: another program in its place is the way out, and the kernel ends
 * the threads.
 */
async function leave(code: number): Promise<void> {
  const { isSea } = await import("node:sea");
  const program = isSea() ? [] : [...process.execArgv, argv[1] ?? ""];
  process.execve?.(process.execPath, [process.execPath, ...program, "end", String(code)], {
    ...env,
    NODE_NO_WARNINGS: "1",
  });
}

async function createLogger(level: string, format?: "text" | "json"): Promise<Logger> {
  const { pino } = await import("pino");
  const { logLine } = await import("./log/log-line.ts");
  const base = { name: "flexkube-agent" };
  const redact = ["*.password", "*.secrets", "*.content", "secrets"];
  const destination = pino.destination({ dest: 2, sync: true });
  // a log that cannot be written must not end what it tells of
  destination.on("error", () => undefined);
  const isText = (format ?? (stderr.isTTY ? "text" : "json")) === "text";
  const style = { colour: stderr.isTTY && !env["NO_COLOR"], stacks: level === "debug" };
  // JSON leaves the other control characters as they are
  const written = (line: string): string => (isText ? logLine(line, style) : printable(line));
  const stream = { write: (line: string) => destination.write(written(line)) };
  return pino({ level, base, redact, timestamp: () => `,"time":"${new Date().toISOString()}"` }, stream);
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** What was printed is out, or known to be lost. */
async function flushed(): Promise<void> {
  await new Promise<void>((resolve) => stdout.write("", () => resolve()));
  // the stream tells of its error after it has called back
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
}

async function mainToEnd(args: readonly string[]): Promise<number> {
  const code = await main(args);
  await flushed();
  return isOutputLost ? unwritable : code;
}

mainToEnd(argv.slice(2)).then(exit, (error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(printable(`flexkube-agent: ${text}\n`));
  exit(1);
});
