// Entry of terraform-provider-flexkube: started by Terraform or OpenTofu, which call it.
import process, { env, stderr, stdout } from "node:process";
import type { Clock } from "#shared/clock.ts";

async function main(): Promise<number> {
  const { askedBy } = await import("./plugin/handshake.ts");
  const asked = askedBy(env);
  if (asked === undefined) {
    const { versionLine } = await import("#shared/version.ts");
    stderr.write(
      `${versionLine("terraform-provider-flexkube")}It is a provider: terraform and tofu start it. See planner/terraform/README.md.\n`,
    );
    return 1;
  }
  // an interrupt reaches the whole group of processes; the caller says itself when to stop
  process.on("SIGINT", () => undefined);
  const { serve } = await import("./plugin/serve.ts");
  const { failureAnswer, providerCalls } = await import("./calls/provider.ts");
  const { logLine } = await import("./plugin/log-line.ts");
  const answers = providerCalls(await realEffects((text) => void stderr.write(logLine("info", text, new Date()))));
  const calls = Object.entries(answers).map(([name, answer]) => {
    // the request is of the call's own message
    const ask = async (request: object): Promise<object> => answer(request as never);
    return [name, (request: object) => ask(request).catch((error: unknown) => failureAnswer(name, error))] as const;
  });
  const parent = process.ppid;
  await serve(asked, {
    calls: Object.fromEntries(calls),
    now: Date.now(),
    isOrphan: () => process.ppid !== parent,
    tell: (line) => void stdout.write(line),
  });
  return 0;
}

async function realEffects(log: (line: string) => void) {
  const { diskFileIo } = await import("#planner/io/disk-file-io.ts");
  const { diskRunLock } = await import("#planner/io/disk-run-lock.ts");
  const { diskPkiIo } = await import("#planner/pki/pki-io.ts");
  const { randomBytes } = await import("node:crypto");
  const { setTimeout: sleep } = await import("node:timers/promises");
  const clock: Clock = {
    now: () => Date.now(),
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  return {
    files: diskFileIo(),
    pki: diskPkiIo(),
    lock: diskRunLock(clock),
    clock,
    randomBytes,
    workingDirectory: process.cwd(),
    log,
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    stderr.write(
      `terraform-provider-flexkube: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
