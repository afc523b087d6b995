// Ownership by labels.
import assert from "node:assert/strict";
import { test } from "node:test";
import { helperLabels, labelKeys, ownershipLabels, parseOwnership } from "./labels.ts";

const ownership = { cluster: "demo", host: "h1", component: "etcd", container: "etcd-h1", specHash: "ab12" };

test("labels of a managed container read back", () => {
  assert.deepEqual(parseOwnership(ownershipLabels({ ...ownership, start: "new" })), { ...ownership, start: "new" });
  assert.deepEqual(parseOwnership(ownershipLabels(ownership)), { ...ownership, start: undefined });
});

test("any label of the set missing or empty makes a container foreign", () => {
  const labels = ownershipLabels(ownership);

  for (const key of Object.keys(labels)) {
    const { [key]: _, ...rest } = labels;
    assert.equal(parseOwnership(rest), undefined, key);
    assert.equal(parseOwnership({ ...labels, [key]: "" }), undefined, key);
  }
});

test("a component that leads elsewhere than to a directory of ours makes a container foreign", () => {
  const labels = ownershipLabels(ownership);

  for (const component of ["..", "../..", "a/b", ".", "a\0b", "/etc"])
    assert.equal(parseOwnership({ ...labels, [labelKeys.component]: component }), undefined, component);
});

test("a container of another schema is foreign", () => {
  assert.equal(parseOwnership({ ...ownershipLabels(ownership), [labelKeys.schema]: "2" }), undefined);
});

test("a temporary container is never taken for a managed one", () => {
  const labels = helperLabels({ cluster: "demo", host: "h1", purpose: "config" });

  assert.equal(labels[labelKeys.helper], "config");
  assert.equal(parseOwnership(labels), undefined);
});

test("host facts are kept as JSON; what is no fact is not believed", () => {
  const facts = { cri: "containerd", cgroupVersion: 2, cgroupDriver: "systemd" } as const;
  const labels = ownershipLabels({ ...ownership, facts });
  const read = (label: string): unknown => parseOwnership({ ...labels, [labelKeys.facts]: label })?.facts;

  assert.equal(labels[labelKeys.facts], '{"cgroupDriver":"systemd","cgroupVersion":2,"cri":"containerd"}');
  assert.deepEqual(parseOwnership(labels)?.facts, facts);
  assert.deepEqual(read('{"cri":"other","cgroupVersion":1}'), { cgroupVersion: 1 });
  assert.deepEqual([read("no JSON"), read("null")], [undefined, undefined]);
});
