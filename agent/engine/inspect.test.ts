// From the engine's answers to our types.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as answers from "./inspect.ts";

const inspected = {
  Id: "1234",
  Name: "/etcd",
  Created: "2026-01-02T03:04:05.678912345Z",
  Image: "sha256:9",
  RestartCount: 2,
  State: {
    Status: "exited",
    ExitCode: 137,
    Error: "",
    OOMKilled: true,
    StartedAt: "2026-01-02T03:04:06Z",
    FinishedAt: "0001-01-01T00:00:00Z",
  },
  Path: "/etcd",
  Args: ["--name", "h1"],
  Config: { Image: "etcd:1", Labels: null, User: "7:8" },
  HostConfig: { RestartPolicy: { Name: "" }, Memory: 0, NanoCpus: 0, PidsLimit: null },
  NetworkSettings: { Networks: { b: {}, a: {} } },
  Unknown: true,
};

test("an inspected container becomes details, with Docker's zero time and empty policy as nothing", () => {
  const details = answers.containerDetailsOf(answers.InspectedContainer.parse(inspected));

  assert.deepEqual(details, {
    id: "1234",
    name: "etcd",
    labels: {},
    state: "exited",
    image: "etcd:1",
    imageId: "sha256:9",
    user: "7:8",
    startedAt: { epochMs: Date.UTC(2026, 0, 2, 3, 4, 6) },
    finishedAt: undefined,
    createdAt: { epochMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) },
    pid: undefined,
    command: ["/etcd", "--name", "h1"],
    exitCode: 137,
    error: "",
    oomKilled: true,
    restartCount: 2,
    restart: "no",
    resources: {},
    networks: ["a", "b"],
  });
});

test("a count of restarts that cannot be is none, and the container is known all the same", () => {
  for (const wrong of [-1, 0.5, 1e300, "2", null, undefined]) {
    const answer = answers.InspectedContainer.parse({ ...inspected, RestartCount: wrong });
    assert.equal(answers.containerDetailsOf(answer).restartCount, 0, String(wrong));
  }
});

test("a listed container has its own name, not one that a link gave it", () => {
  const item = answers.ListedContainer.parse({
    Id: "1",
    Names: ["/other/alias", "/own"],
    Image: "a:1",
    ImageID: "sha256:1",
    Labels: { a: "b" },
    State: "running",
  });

  assert.equal(answers.containerSummaryOf(item).name, "own");
});

test("half an object in a list spoils neither the others nor the list", () => {
  const whole = {
    Id: "1",
    Names: ["/web"],
    Image: "a:1",
    ImageID: "sha256:1",
    Labels: { a: "b", c: 1 },
    State: "running",
  };
  const keys = ["Names", "Image", "ImageID", "Labels", "State"] as const;
  const halves = keys.flatMap((key) => [
    { ...whole, [key]: undefined },
    { ...whole, [key]: null },
    { ...whole, [key]: 7 },
  ]);

  const list = answers.understood(answers.ContainerList, [...halves, whole], "list").map(answers.containerSummaryOf);

  assert.equal(list.length, halves.length + 1);
  assert.deepEqual(list.at(-1), {
    id: "1",
    name: "web",
    labels: { a: "b" },
    state: "running",
    image: "a:1",
    imageId: "sha256:1",
  });
  for (const none of [null, 7, "x", [], {}, { ...whole, Id: 7 }, { ...whole, Id: null }]) {
    assert.throws(() => answers.understood(answers.ContainerList, [none], "list"));
    assert.deepEqual(
      answers.understood(answers.ContainerList, [none, whole], "list").map(({ Id }) => Id),
      [whole.Id],
    );
  }
});

test("an image without a config has no labels", () => {
  for (const Config of [null, undefined, { Labels: null }])
    assert.deepEqual(
      answers.understood(answers.InspectedImage, { Id: "sha256:1", Config }, "inspectImage").Config.Labels,
      {},
    );
});

test("times keep milliseconds, whatever digits the engine writes", () => {
  assert.equal(answers.epochMs("2026-01-02T03:04:05.1Z"), Date.UTC(2026, 0, 2, 3, 4, 5, 100));
  assert.equal(answers.epochMs("2026-01-02T03:04:05.999999999Z"), Date.UTC(2026, 0, 2, 3, 4, 5, 999));
  assert.equal(answers.epochMs("2026-01-02T05:04:05.123456+02:00"), Date.UTC(2026, 0, 2, 3, 4, 5, 123));
  assert.equal(answers.epochMs(""), undefined);
  assert.equal(answers.epochMs("soon"), undefined);
});

test("an event's attributes are name and labels, and its action loses its command", () => {
  const line = answers.EventLine.parse({
    Action: "exec_start: sh -c x",
    Actor: { ID: "1", Attributes: { name: "etcd", "flexkube.cluster": "demo" } },
  });

  assert.deepEqual(answers.engineEventOf(line), {
    action: "exec_start",
    containerId: "1",
    name: "etcd",
    labels: { "flexkube.cluster": "demo" },
  });
});

test("the exit code of an end is told as Docker tells it, and as Podman does", () => {
  const codeOf = (attributes: Readonly<Record<string, string>>) =>
    answers.engineEventOf({ Action: "die", Actor: { ID: "1", Attributes: attributes } }).exitCode;

  assert.deepEqual([codeOf({ exitCode: "137" }), codeOf({ containerExitCode: "2" })], [137, 2]);
  assert.deepEqual([codeOf({}), codeOf({ exitCode: "all" })], [undefined, undefined]);
});

test("info without a cgroup version is of cgroup v1", () => {
  const info = answers.engineInfoOf(answers.InfoAnswer.parse({ ServerVersion: "20.10.24" }), {
    engine: "docker",
    apiVersion: "1.41",
  });

  assert.deepEqual(info, {
    engine: "docker",
    version: "20.10.24",
    apiVersion: "1.41",
    cgroupVersion: "1",
    cgroupDriver: "",
    securityOptions: [],
  });
});

test("an answer that does not fit names the call and the field", () => {
  assert.throws(() => answers.understood(answers.IdAnswer, { Id: 1 }, "create"), {
    code: "ENGINE_UNSUPPORTED",
    details: { reason: "create: Id: Invalid input: expected string, received number" },
  });
});

test("an answer for another container than the one asked for is refused", () => {
  const id = "4f2a".repeat(16);
  const answer = { ...inspected, Id: id };

  for (const asked of [id, id.slice(0, 12), "etcd"]) assert.equal(answers.inspectedFor(asked, answer).Id, id);
  assert.throws(() => answers.inspectedFor("b".repeat(64), answer), { code: "ENGINE_UNSUPPORTED" });
  assert.throws(() => answers.inspectedFor("etc", answer), { code: "ENGINE_UNSUPPORTED" });
});
