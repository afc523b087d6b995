// What is looked at, and what is not, where a host's file is as it should be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HostConfig } from "#shared/schema/host-config.ts";
import { renderHost } from "#planner/life/host-file.ts";
import { placeHost } from "./place-host.ts";
import type { PlaceOptions } from "./place-host.ts";

const config = HostConfig.parse({
  apiVersion: "flexkube/v1alpha1",
  kind: "Host",
  cluster: "demo",
  host: "h1",
  secrets: { "hash-key": "key" },
});
const written = placeHost({ config, hashKey: "key", known: undefined, found: undefined, needsOld: () => true });
const known = { generation: written.generation, digest: written.digest };
const text = renderHost(written.config).join("");

/** The change, and how often somebody was asked for the old config, which is parsed then. */
function place(options: Partial<PlaceOptions>): {
  readonly change: string;
  readonly asked: number;
  readonly hasOld: boolean;
} {
  let asked = 0;
  const found = { text, isPrivate: true };
  const needsOld = (): boolean => ++asked < 0;
  const { change, old } = placeHost({ config, hashKey: "key", known, found, needsOld, ...options });
  return { change, asked, hasOld: old !== undefined };
}

test("a file that is as it should be is compared and not parsed", () => {
  assert.deepEqual(place({}), { change: "same", asked: 0, hasOld: true });
});

test("a file that was written whole under its number is not parsed where nobody asks what it was", () => {
  const changed = { ...config, agent: { ...config.agent, interval: "20s" as const } };

  assert.deepEqual(place({ config: changed }), { change: "changed", asked: 1, hasOld: false });
});

test("one line less, more or other is a difference", () => {
  for (const other of [text.slice(0, -1), `${text}\n`, text.replace("kind: Host", "kind: Hoes"), ""])
    assert.notEqual(place({ found: { text: other, isPrivate: true } }).change, "same");
});
