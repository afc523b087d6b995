// What Podman answers, in Docker's words.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dialectOf, dockerAnswerOf, dockerItemOf, imageNames, tmpfsOptions } from "./dialect.ts";
import { ContainerList, InspectedContainer } from "./inspect.ts";

const docker = dialectOf(["Engine", "containerd", "runc"]);
const podman = dialectOf(["Podman Engine", "Conmon", "OCI Runtime (crun)"]);
const ended = Date.parse("2026-11-30T01:00:00Z");
const bridgeId = "2f25";

type About = { readonly status?: string; readonly policy?: string; readonly exitCode?: number };

function answered({ status = "stopped", policy = "always", exitCode = 9 }: About = {}): InspectedContainer {
  return InspectedContainer.parse({
    Id: "1",
    Name: "/web",
    Created: "2026-11-30T00:00:00Z",
    Image: "sha256:1",
    State: {
      Status: status,
      ExitCode: exitCode,
      StartedAt: "2026-11-30T00:00:00Z",
      FinishedAt: "2026-11-30T01:00:00.123456789Z",
    },
    Config: { Image: "web:1" },
    HostConfig: { RestartPolicy: { Name: policy } },
    NetworkSettings: { Networks: { podman: { NetworkID: bridgeId }, other: { NetworkID: "77" } } },
  });
}

function stateOf(about: About, afterMs = 1000): string {
  return dockerAnswerOf(answered(about), { dialect: podman, bridgeId }, ended + afterMs).State.Status;
}

test("the engine is told by the name of a component", () => {
  assert.equal(docker.engine, "docker");
  assert.equal(podman.engine, "podman");
  assert.equal(dialectOf([]).engine, "docker");
});

test("one that has ended is about to be started where its policy says so, and at rest where nobody came", () => {
  assert.equal(stateOf({}), "restarting");
  assert.equal(stateOf({ policy: "unless-stopped", exitCode: 0 }), "restarting");
  assert.equal(stateOf({ policy: "on-failure" }), "restarting");
  assert.equal(stateOf({ policy: "on-failure", exitCode: 0 }), "exited");
  assert.equal(stateOf({ policy: "no" }), "exited");
  assert.equal(stateOf({ policy: "" }), "exited");
  assert.equal(stateOf({}, 60_000), "exited");
  assert.equal(stateOf({}, -3_600_000), "exited");
});

test("each state of Podman is one of Docker's", () => {
  const dockers = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
  const podmans = [
    "configured",
    "created",
    "initialized",
    "running",
    "stopping",
    "stopped",
    "exited",
    "paused",
    "removing",
  ];
  for (const status of podmans) {
    assert.ok(dockers.includes(stateOf({ status })), status);
    const [item] = ContainerList.parse([{ Id: "1", State: status }]);
    assert.ok(item !== undefined && dockers.includes(dockerItemOf(item, podman).State), status);
  }
});

test("what is on the default network is on bridge, by whatever name, and on nothing more", () => {
  const networksOf = (id: string | undefined): readonly string[] =>
    Object.keys(
      dockerAnswerOf(answered(), { dialect: podman, bridgeId: id }, ended).NetworkSettings?.Networks ?? {},
    ).toSorted();

  assert.deepEqual(networksOf(bridgeId), ["bridge", "other", "podman"]);
  assert.deepEqual(networksOf("elsewhere"), ["other", "podman"]);
  assert.deepEqual(networksOf(undefined), ["other", "podman"]);
});

test("a tmpfs of a user is open to all of its container where it cannot have an owner, and any other is as it was asked for", () => {
  const owned = "rw,noexec,size=1m,mode=0700,uid=12,gid=34";

  assert.equal(tmpfsOptions(owned, podman), "rw,noexec,size=1m,mode=1777");
  assert.equal(tmpfsOptions(owned, docker), owned);
  for (const plain of ["", "rw,size=1m,mode=0700"]) assert.equal(tmpfsOptions(plain, podman), plain);
});

test("an answer of Docker stays as it is", () => {
  assert.deepEqual(dockerAnswerOf(answered(), { dialect: docker, bridgeId }, ended), answered());
});

test("an image of Docker's registry is pulled by its whole name and may be on the host by a local one, any other has but its own", () => {
  const digest = `sha256:${"12".repeat(32)}`;

  for (const haproxy of [
    "haproxy:2.8",
    "library/haproxy:2.8",
    "docker.io/haproxy:2.8",
    "docker.io/library/haproxy:2.8",
  ])
    assert.deepEqual(imageNames(haproxy, podman), ["docker.io/library/haproxy:2.8", "localhost/haproxy:2.8"]);
  for (const app of [`me/app@${digest}`, `docker.io/me/app@${digest}`])
    assert.deepEqual(imageNames(app, podman), [`docker.io/me/app@${digest}`, `localhost/me/app@${digest}`]);
  assert.deepEqual(imageNames("nginx", podman), ["docker.io/library/nginx", "localhost/nginx"]);
  for (const own of [
    "registry.k8s.io/pause:3.10",
    "r:5000/a",
    digest,
    digest.slice(7),
    "70213f39eab4",
    "localhost/x:1",
  ])
    assert.deepEqual(imageNames(own, podman), [own]);
  fc.assert(fc.property(fc.string(), (reference) => imageNames(reference, docker).join() === reference));
});
