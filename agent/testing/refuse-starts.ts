// A container that Docker cannot start any more.
import { engineRefused } from "#agent/engine/errors.ts";
import type { FakeHost } from "./fake-host.ts";

/** As where containerd still has a task of this container. Docker keeps the reason until a start succeeds. */
export function refuseStartsOf(host: FakeHost, refused: string): void {
  const { engine } = host;
  const start = engine.start.bind(engine);
  const inspect = engine.inspect.bind(engine);
  let error = "";
  engine.start = async (id, ...rest) => {
    if (id !== refused) return start(id, ...rest);
    error = `task ${id} already exists`;
    throw engineRefused("start", { status: 500, reason: error });
  };
  engine.inspect = async (...args) => {
    const details = await inspect(...args);
    return details.id === refused ? { ...details, error, exitCode: error === "" ? details.exitCode : 128 } : details;
  };
}
