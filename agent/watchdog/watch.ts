// The watchdog's own thread. It is handed over as text, so it must use nothing but its arguments and Node's modules,
// and have no function within: bundlers wrap those in helpers of their own.

/** What the main thread tells: how often it has shown life, after how many seconds of silence to end, whether to stop. */
export const slots = { signs: 0, limitSeconds: 1, stop: 2, count: 3 } as const;

/**
 * Ends the process, and says why before, when there is no sign of life for as long as the limit says. A main thread that is
 * blocked cannot stop it. Time in which this thread stood still too (a frozen host) does not count.
 */
export function watch(data: { readonly shared: Int32Array; readonly everyMs: number }): void {
  const { shared, everyMs } = data;
  const fs = process.getBuiltinModule("node:fs");
  let seen = Atomics.load(shared, 0);
  let silentMs = 0;
  for (let before = process.hrtime.bigint(); ;) {
    Atomics.wait(shared, 2, 0, everyMs);
    if (Atomics.load(shared, 2) !== 0) return;
    const at = process.hrtime.bigint();
    silentMs += Math.min(Number((at - before) / 1_000_000n), 2 * everyMs);
    before = at;
    const signs = Atomics.load(shared, 0);
    if (signs !== seen) silentMs = 0;
    seen = signs;
    if (silentMs >= Atomics.load(shared, 1) * 1000) break;
  }
  const said = {
    level: 60,
    time: new Date().toISOString(),
    name: "flexkube-agent",
    silentSeconds: Math.round(silentMs / 1000),
    msg: "the loop is overdue and shows no life: ending the process, so that it begins anew",
  };
  try {
    fs.writeSync(2, `${JSON.stringify(said)}\n`);
    // a core would hold secrets
    fs.writeFileSync("/proc/self/coredump_filter", "0");
  } finally {
    process.kill(process.pid, "SIGKILL");
    Atomics.wait(shared, 2, 0, 1000);
    // the first process of a container takes no signal from within; a trap of its own ends it
    process.getBuiltinModule("node:v8").setFlagsFromString("--allow-natives-syntax");
    process.getBuiltinModule("node:vm").runInNewContext("%SystemBreak()");
  }
}
