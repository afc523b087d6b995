// What shells and man make of both programs' completions and manual pages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { agentProgram } from "#agent/cli/manual.ts";
import { plannerProgram } from "#planner/cli/manual.ts";
import { completionScript } from "#shared/command-line/completion.ts";
import { manPage } from "#shared/command-line/man-page.ts";

const programs = [plannerProgram(), agentProgram()];

function hasNo(program: string): string | false {
  const isThere = spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
  return !isThere && env["REQUIRE_DOCKER"] !== "1" && `${program} is not installed (.ci/debian shells)`;
}

/** Standard output of a program that gets a text; it must end with 0 and say nothing else. */
function run(command: string, args: readonly string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""], stdout + stderr);
  return stdout;
}

/** What bash offers for the last of some words. */
function inBash(words: readonly string[]): readonly string[] {
  const [name = ""] = words;
  const program = programs.find((each) => each.name === name);
  assert.ok(program !== undefined);
  const script = `${completionScript(program, ["bash"])}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_${name.replaceAll("-", "_")}
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", ["-s", "--", ...words], script)
    .split("\n")
    .filter((line) => line !== "");
}

test("bash completes commands, options, values and files", () => {
  const planner = "flexkube-planner";
  assert.deepEqual(inBash([planner, "sp"]), ["split"]);
  assert.ok(inBash([planner, ""]).includes("kubeconfig"));
  assert.deepEqual(inBash([planner, "split", "--force-"]), ["--force-network", "--force-version", "--force-etcd"]);
  assert.deepEqual(inBash([planner, "validate", "--seal"]), []);
  assert.deepEqual(inBash([planner, "boot", "--format", "ign"]), ["ignition"]);
  assert.deepEqual(inBash([planner, "boot", "--format", "=", "ign"]), ["ignition"]);
  assert.deepEqual(inBash([planner, "schema", "c"]), ["cluster", "certificates"]);
  assert.deepEqual(
    inBash([planner, "split", "/etc/host"]).filter((file) => file === "/etc/hosts"),
    ["/etc/hosts"],
  );
  assert.deepEqual(inBash([planner, "split", "--out", "/usr/bi"]), ["/usr/bin"]);
  assert.deepEqual(inBash(["flexkube-agent", "schema", "e"]), ["events", "explain"]);
  assert.deepEqual(inBash(["flexkube-agent", "run", "--log-level", "d"]), ["debug"]);
  assert.deepEqual(inBash(["flexkube-agent", "backup", "t"]), ["take"]);
});

test("fish completes the same", { skip: hasNo("fish") }, (context) => {
  const directory = mkdtempSync(join(tmpdir(), "flexkube-fish-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const program of programs)
    writeFileSync(join(directory, `${program.name}.fish`), completionScript(program, ["fish"]));
  const inFish = (line: string): readonly string[] => {
    const [name = ""] = line.split(" ");
    const script = `source ${join(directory, `${name}.fish`)}; complete -C '${line}'`;
    const { status, stdout } = spawnSync("fish", ["--no-config", "-c", script], {
      encoding: "utf8",
      env: { ...env, HOME: directory },
    });
    assert.equal(status, 0, stdout);
    return stdout.split("\n").flatMap((offered) => (offered === "" ? [] : [offered.split("\t")[0] ?? ""]));
  };

  assert.deepEqual(inFish("flexkube-planner spl"), ["split"]);
  assert.deepEqual(inFish("flexkube-planner boot --format ign"), ["ignition"]);
  assert.ok(inFish("flexkube-planner split --force-").includes("--force-etcd"));
  assert.deepEqual(inFish("flexkube-agent run --log-level de"), ["debug"]);
});

test("zsh understands its script", { skip: hasNo("zsh") }, () => {
  for (const program of programs) run("zsh", ["-n"], completionScript(program, ["zsh"]));
});

test("shellcheck has nothing to say about the script for bash", { skip: hasNo("shellcheck") }, () => {
  for (const program of programs) run("shellcheck", ["-s", "bash", "-"], completionScript(program, ["bash"]));
});

test("groff has nothing to say about the manual pages", { skip: hasNo("groff") }, () => {
  for (const program of programs) {
    const shown = run("groff", ["-man", "-Tutf8", "-ww", "-P-cbou"], manPage(program, "1.2.3"));
    assert.match(shown, new RegExp(program.name.toUpperCase()));
    for (const { name } of program.commands) assert.match(shown, new RegExp(`^ +.*${name}`, "m"));
  }
});
