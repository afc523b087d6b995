// What a command of the agent says to a person, on a disk of its own and an engine in memory.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runAgent } from "#agent/cli/command-line.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "./command-environment.ts";
import { temporaryRoot } from "./temporary-root.ts";

export type Said = { readonly code: number; readonly text: string };

export type AgentSays = {
  /** Writes a file into the directory, where the command finds it by its bare name. */
  readonly put: (name: string, text: string) => void;
  /** What is printed, errors too, in order; the directory's own path is left out of it. `host.yaml` is the host config. */
  readonly run: (...args: readonly string[]) => Promise<Said>;
};

export function agentSays(context: TestContext): AgentSays {
  const root = temporaryRoot(context);
  const at = (name: string): string => join(root, name);
  return {
    put: (name, text) => writeFileSync(at(name), text),
    run: async (...args) => {
      const printed: string[] = [];
      const clock = new FakeClock({ auto: true });
      const environment = commandEnvironment({
        clock,
        engine: new FakeEngine({ clock }),
        print: (text) => printed.push(text),
      });
      const places = ["--state", root, "--config", at("host.yaml")];
      const code = await runAgent([...args, ...places], environment);
      return { code, text: printed.join("").replaceAll(`${root}/`, "") };
    },
  };
}
