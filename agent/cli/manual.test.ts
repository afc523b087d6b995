import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { optionsIn } from "#shared/command-line/program.ts";
import { runAgent } from "./command-line.ts";
import { own } from "./help.ts";
import { agentProgram } from "./manual.ts";
import { commands, only } from "./options.ts";

/** For the image alone. */
const hidden = "healthcheck";

test("the general help lists every command once, but for that of the image's health check", () => {
  assert.deepEqual(
    agentProgram()
      .commands.map(({ name }) => name)
      .toSorted(),
    commands.filter((command) => command !== hidden).toSorted(),
  );
});

test("the manual's own name line is one whole sentence", () => {
  assert.equal(agentProgram().does, "Keeps the containers and files of one host as its host config asks for");
});

test("the usage of a command names the options that only some take, and none that it does not take", () => {
  for (const { name, options } of agentProgram().commands) {
    const said = optionsIn(own[commands.find((command) => command === name) ?? "run"] ?? "");
    const taken = options.map((option) => option.name);
    for (const option of said) assert.ok(taken.includes(option), `${name} --${option}`);
    for (const [option, users] of Object.entries(only))
      if (users.some((user) => user === name) && option !== "config-ca")
        assert.ok(said.includes(option), `${name} --${option}`);
  }
});

test("every option has a word of help, and a name for its value", () => {
  for (const { name, options } of agentProgram().commands)
    for (const option of options) {
      assert.notEqual(option.does, "", `${name} --${option.name}`);
      assert.notEqual(option.value?.name, "VALUE", `${name} --${option.name}`);
    }
});

test("help COMMAND is COMMAND --help", async () => {
  const said = async (...args: readonly string[]): Promise<string> => {
    const printed: string[] = [];
    const clock = new FakeClock();
    const print = (text: string): void => void printed.push(text);
    assert.equal(
      await runAgent(args, commandEnvironment({ clock, engine: new FakeEngine({ clock }), print, printError: print })),
      0,
    );
    return printed.join("");
  };

  for (const command of commands) assert.equal(await said("help", command), await said(command, "--help"), command);
  assert.equal(await said("help"), await said("--help"));
});
