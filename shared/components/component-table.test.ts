import assert from "node:assert/strict";
import { test } from "node:test";
import { HostConfig } from "#shared/schema/host-config.ts";
import { componentTable, containerNames, followsApiServers } from "./component-table.ts";
import type { AnyComponent, Section, SectionsOf } from "./component.ts";

type WithOneMore = HostConfig & { readonly notYet?: { readonly image: string } | undefined };
type Complete<Config> = { readonly [Name in SectionsOf<Config>]: unknown };

test("a section that the schema has and the table has not does not compile", () => {
  const complete: Complete<HostConfig> = componentTable;
  // @ts-expect-error notYet has no entry
  const incomplete: Complete<WithOneMore> = componentTable;

  assert.equal(complete, incomplete);
});

test("an entry that says nothing of its ports does not compile", () => {
  const { listeners: _listeners, ...silent } = componentTable.kubeProxy;
  // @ts-expect-error listeners are missing
  const entry: AnyComponent<"kubeProxy"> = silent;

  assert.equal(entry, silent);
});

test("the table has the sections of the schema, in its order", () => {
  const general = ["apiVersion", "kind", "cluster", "host", "generation", "address", "closedDirectories"];
  const others = new Set([...general, "formerOwners", "privateFiles", "agent", "secrets"]);
  const sections: readonly string[] = Object.keys(HostConfig.shape).filter((key) => !others.has(key));

  assert.deepEqual(Object.keys(componentTable), sections);
});

test("programs are named once, so that a label tells the section", () => {
  const programs = Object.values(componentTable).flatMap((component): readonly string[] => component.programs);
  assert.deepEqual(programs, [...new Set(programs)]);
});

test("what makes containers has a place among the others, and what makes none has no names", () => {
  for (const [section, { programs, rank }] of Object.entries(componentTable))
    assert.equal(rank === undefined, programs.length === 0, section);
});

test("what calls the API servers is never newer than they are", () => {
  const followers = Object.values(componentTable)
    .flatMap((component): readonly string[] => component.programs)
    .filter(followsApiServers);
  assert.deepEqual(followers, ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"]);
});

test("names of containers come with the section that makes them", () => {
  const config = HostConfig.parse({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "c",
    host: "h",
    containers: { web: { image: "nginx:1" } },
  });
  const section: Section = "containers";
  assert.deepEqual(containerNames(config), [{ name: "web", path: [section, "web"] }]);
});
