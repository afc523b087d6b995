// What a piece of code costs, whatever else the machine does meanwhile: a test that reads a wall clock fails on a busy one.
import process from "node:process";

/** Milliseconds of this thread's processor time since the call that gave the function. */
export function threadTime(): () => number {
  const begun = process.threadCpuUsage();
  return () => {
    const now = process.threadCpuUsage();
    return (now.user - begun.user + now.system - begun.system) / 1000;
  };
}

/** The same of all threads of this process. */
export function processTime(): () => number {
  const begun = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
}
