// What expand makes of released host configs never changes (README.md).
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { canonical, hashOf } from "#shared/canonical.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { HostConfig } from "#shared/schema/host-config.ts";
import { expand } from "#shared/expand/expand.ts";
import { reordered } from "#shared/expand/testing/reordered.ts";

const directory = new URL("./", import.meta.url);
const names = readdirSync(directory)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""));

function hostConfigOf(name: string): HostConfig {
  const document: unknown = parse(readFileSync(new URL(`${name}.yaml`, directory), "utf8"));
  return HostConfig.parse(document);
}

/** What the host told; golden files of hosts without a kubelet rest on nothing. */
function factsOf(name: string): HostFacts {
  const file = new URL(`${name}.facts.json`, directory);
  // written by us, and the compared result depends on each of its fields
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as HostFacts) : {};
}

/** The desired state as JSON data, in which secrets are `[secret]`. */
function frozen(config: HostConfig, facts: HostFacts): unknown {
  const { cluster, host, containers, unmet } = expand(config, facts);
  const data: unknown = JSON.parse(JSON.stringify({ cluster, host, containers, unmet }));
  return data;
}

/** `actual` without the object keys that `golden` does not have. */
function asFarAs(golden: unknown, actual: unknown): unknown {
  if (isList(golden) && isList(actual))
    return actual.map((item, index) => (index < golden.length ? asFarAs(golden[index], item) : item));
  if (!isRecord(golden) || !isRecord(actual)) return actual;
  const common = Object.keys(golden).filter((key) => Object.hasOwn(actual, key));
  return Object.fromEntries(common.map((key) => [key, asFarAs(golden[key], actual[key])]));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

for (const name of names) {
  const file = new URL(`${name}.json`, directory);

  test(`the host config ${name} becomes what it always became`, () => {
    const actual = frozen(hostConfigOf(name), factsOf(name));
    if (!existsSync(file) && process.env["FLEXKUBE_WRITE_GOLDEN"] === "1")
      writeFileSync(file, `${JSON.stringify(actual, undefined, 2)}\n`);

    const golden: unknown = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(asFarAs(golden, actual), golden);
  });

  test(`the host config ${name} becomes the same in any order of its keys`, () => {
    const shuffled = HostConfig.parse(reordered(hostConfigOf(name), 4711));

    assert.equal(canonical(frozen(shuffled, factsOf(name))), canonical(frozen(hostConfigOf(name), factsOf(name))));
  });

  test(`the spec hashes of ${name} are the hashes of its specs`, () => {
    for (const { spec, specHash } of expand(hostConfigOf(name), factsOf(name)).containers)
      assert.equal(hashOf(spec), specHash);
  });
}
