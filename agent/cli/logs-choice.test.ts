import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen } from "./logs.ts";

const container = (name: string, made = name, component = made): Parameters<typeof chosen>[1][number] => ({
  summary: { id: name, name, labels: {}, state: "running", image: "", imageId: "" },
  ownership: { cluster: "demo", host: "h1", component, container: made, specHash: "" },
});

const choice = (name: string, ...ours: Parameters<typeof chosen>[1]): string => {
  const found = chosen(name, ours);
  return "fault" in found ? found.fault : found.summary.name;
};

test("a container's present name comes before the one that it was made for, and that before its component", () => {
  const ours = [container("web"), container("web.old", "web"), container("lb-1", "lb-1", "web")];

  assert.equal(choice("web", ...ours), "web");
  assert.equal(choice("web.old", ...ours), "web.old");
  assert.equal(choice("web", container("web.old", "web")), "web.old");
  assert.equal(choice("etcd", container("etcd-h1", "etcd-h1", "etcd")), "etcd-h1");
});

test("a component with several containers asks for one of them", () => {
  const ours = [container("lb-1", "lb-1", "lb"), container("lb-2", "lb-2", "lb"), container("web")];

  assert.equal(choice("lb", ...ours), "it has more than one container: lb-1, lb-2");
});
