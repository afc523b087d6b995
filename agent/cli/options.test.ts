// What the command line says of places of the host config.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlexkubeError } from "#shared/errors.ts";
import { parseOptions } from "./options.ts";
import type { Options } from "./options.ts";

const url = "https://user:word@configs.example.org/h1.age?token=secret";
const parse = (...args: readonly string[]): Options => parseOptions(args, {});

function fault(...args: readonly string[]): string {
  try {
    parse(...args);
  } catch (error) {
    if (isFlexkubeError(error, "INTERNAL_USAGE")) return `${error.details.argument}: ${error.details.reason}`;
    throw error;
  }
  return "none";
}

test("a path, standard input and URLs; what is shown of a URL is no secret", () => {
  assert.deepEqual(parse("run").configs, ["/etc/flexkube/host.yaml"]);
  assert.deepEqual(parse("run", "-c", "-", "-c", url).configs, ["-", url]);
  assert.equal(parse("run", "--config", url).config, "https://configs.example.org/h1.age");
});

test("the version is asked beside a command without running it", () => {
  assert.deepEqual([parse("--version").command, parse("--version", "reset").command], ["version", "version"]);
});

test("one place of the host's own, URLs of https alone, and only where one is asked", () => {
  assert.match(fault("run", "-c", "a", "-c", "-"), /^--config: one path or standard input/);
  for (const wrong of ["http://a.example.org/x", "ftp://a.example.org/x", "https://"])
    assert.match(fault("run", "-c", wrong), /^--config: a path, - for standard input, or a URL/, wrong);
  for (const command of ["status", "validate", "reset", "identity"])
    assert.match(fault(command, "-c", url), /a URL is only for run, apply, plan/, command);
  assert.match(fault("apply", "--allow-older", "-c", url), /^--allow-older: only with a file/);
  assert.equal(fault("apply", "--allow-older", "-c", "host.yaml"), "none");
});

test("a signer is believed for one moment, and by a loop only while the host has no config", () => {
  const key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

  for (const command of ["apply", "plan", "validate"])
    assert.deepEqual([parse(command, "--signer", key).signers.length, parse(command).firstSigners], [1, []]);
  assert.deepEqual([parse("--signer", key).signers, parse("--signer", key).firstSigners.length], [[], 1]);
});
