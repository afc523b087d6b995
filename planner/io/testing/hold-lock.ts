// hold-lock.ts DIRECTORY - holds the lock of a PKI directory until its standard input ends or it is killed. For tests.
import { once } from "node:events";
import { argv, stdin, stdout } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { diskRunLock } from "#planner/io/disk-run-lock.ts";

const lock = await diskRunLock({
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}).acquire(argv[2] ?? ".");
stdout.write("held\n");
stdin.resume();
await once(stdin, "end");
await lock.release();
