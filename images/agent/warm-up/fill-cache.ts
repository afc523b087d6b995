// fill-cache.ts PROGRAM CACHE [ARGS...] - runs the program as the loader of the executable does, and leaves in the file
// CACHE the code of all functions called, and of those called in the run before. The exit code is the program's.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { argv } from "node:process";
import { Script } from "node:vm";

type Run = (...module: readonly [object, NodeJS.Require, object, string, string]) => void;

const [, , program = "", cache = "", ...args] = argv;
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(readFileSync(program, "utf8"), { filename: "flexkube.cjs", cachedData });
if (script.cachedDataRejected === true) throw new Error("V8 refuses the code cache of the run before");
process.on("exit", () => writeFileSync(cache, script.createCachedData()));

// on a slow machine a program would say how far it is
const [epoch, since] = [Date.now(), performance.now()];
Date.now = () => epoch;
performance.now = () => since;
// nor does it come to what is due in a second or later: whether a run is slow enough for that is chance
const { setTimeout: once, setInterval: often } = globalThis;
const [second, never] = [1000, 2 ** 31 - 1];
const due = (ms = 0): number => (ms < second ? ms : never);
Object.assign(globalThis, {
  setTimeout: (call: () => void, ms?: number, ...rest: readonly []) => once(call, due(ms), ...rest),
  setInterval: (call: () => void, ms?: number, ...rest: readonly []) => often(call, due(ms), ...rest),
});

argv.splice(1, argv.length, "flexkube", ...args);
const module = { exports: {} };
// the text is that of a function; see programText
const run = script.runInThisContext() as Run;
run(module.exports, createRequire(import.meta.url), module, program, import.meta.dirname);
