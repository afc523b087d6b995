// Sees that a test file's process ends soon after its tests have: what is left open holds it for ever.
import { isFile, type TestEvent } from "./test-event.ts";

/** Takes the runner's events as they come; calls `held` once for each file whose process lives on this long after its last test. */
export function endWatch(endMs: number, held: (file: string) => void): (event: TestEvent) => void {
  const running = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  return ({ type, data = {} }) => {
    const { name, entryFile: file = data.file } = data;
    if (name === undefined || file === undefined) return;
    if (type !== "test:enqueue" && type !== "test:complete") return;
    clearTimeout(timers.get(file));
    if (isFile(name, file)) return;
    const left = (running.get(file) ?? 0) + (type === "test:enqueue" ? 1 : -1);
    running.set(file, left);
    if (left === 0) timers.set(file, setTimeout(() => held(file), endMs).unref());
  };
}
