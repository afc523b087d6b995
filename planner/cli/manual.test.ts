import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsIn } from "#shared/command-line/program.ts";
import { fakeMachine } from "./testing/fake-machine.ts";
import { commandHelp, commands } from "./help.ts";
import { plannerProgram } from "./manual.ts";
import { allowed } from "./parse-options.ts";

test("the general help lists every command once, and no other", () => {
  assert.deepEqual(
    plannerProgram().commands.map(({ name }) => name),
    commands,
  );
});

test("the usage of a command names exactly the options that it takes", () => {
  for (const command of commands)
    assert.deepEqual([...optionsIn(commandHelp[command])].toSorted(), [...allowed[command]].toSorted(), command);
});

test("every option has a word of help, and a name for its value", () => {
  for (const { name, options } of plannerProgram().commands)
    for (const option of options) {
      assert.notEqual(option.does, "", `${name} --${option.name}`);
      assert.notEqual(option.value?.name, "VALUE", `${name} --${option.name}`);
    }
});

test("completion is for three shells, and says which", async () => {
  const machine = fakeMachine("");
  const said = async (...words: readonly string[]): Promise<string> =>
    (await machine.run("completion", ...words)).stderr.split("\n")[0] ?? "";

  assert.equal(await said(), "flexkube-planner: completion: say which shell: bash, zsh, fish");
  assert.equal(await said("bsh"), "flexkube-planner: bsh: unknown shell (did you mean bash?)");
  assert.equal(await said("bash", "more"), "flexkube-planner: more: one argument too many");
  assert.equal(await said("fish"), "");
});

test("the manual page has every command and option, and no line that is taken for a request", async () => {
  const { stdout } = await fakeMachine("").run("man");

  for (const { name, options } of plannerProgram().commands) {
    assert.ok(stdout.includes(`.SS ${name.replaceAll("-", "\\-")}\n`), name);
    for (const option of options)
      assert.ok(stdout.includes(`\\-\\-${option.name.replaceAll("-", "\\-")}`), option.name);
  }
  const requests = new Set(stdout.match(/^[.'].*?(?= |$)/gm));
  assert.deepEqual([...requests].toSorted(), [".PP", ".SH", ".SS", ".TH", ".TP", ".br"]);
});
