import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { changedFields, changedSecrets } from "./changed-fields.ts";

function parsed(fields: object): HostConfig {
  const head = { apiVersion: "flexkube/v1alpha1", kind: "Host", cluster: "demo", host: "h1", generation: 1 };
  const result = parseHostConfig(JSON.stringify({ ...head, ...fields }), "host.yaml");
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  return result.value;
}

const web = { image: "web:1", env: { A: "1" }, args: ["serve"] };

test("what changed is told by paths of three parts, what came and went by its name", () => {
  const before = parsed({ containers: { web, old: { image: "old:1" } }, agent: { interval: "20s" } });
  const after = parsed({
    generation: 2,
    containers: { web: { ...web, image: "web:2", env: { A: "2" } }, more: { image: "more:1" } },
    agent: { interval: "30s" },
  });

  assert.deepEqual([...changedFields(before, after)].toSorted(), [
    "agent.interval",
    "containers.more",
    "containers.old",
    "containers.web.env",
    "containers.web.image",
  ]);
});

test("a config differs from itself in nothing, whatever its generation", () => {
  const config = parsed({ containers: { web } });

  assert.deepEqual(changedFields(config, { ...config, generation: 7 }), []);
});

test("secrets are told by name, and names of the language are names", () => {
  const name = fc.constantFrom("a", "b", "constructor", "toString");
  const secrets = fc.dictionary(name, fc.constantFrom("one", "two"));
  fc.assert(
    fc.property(secrets, secrets, (was, is) => {
      const config = parsed({});
      const told = changedSecrets({ ...config, secrets: was }, { ...config, secrets: is });
      const value = (of: Readonly<Record<string, string>>, wanted: string): string | undefined =>
        Object.entries(of).find(([key]) => key === wanted)?.[1];
      const names = ["a", "b", "constructor", "toString"];
      assert.deepEqual(
        told,
        names.filter((each) => value(was, each) !== value(is, each)),
      );
    }),
  );
});
