// How the agent finds its own container and image.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineNotFound } from "#agent/engine/errors.ts";
import { containerIdOf, createSelfImage, findSelf } from "./self.ts";

const own = "4b2de9c5ccf65404e5a1796c9746e56fd0c799d935df66b9bfe0697dd7933112";
const other = "a".repeat(64);
const overlay = "610 500 0:51 / / ro,relatime master:200 - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w";
const engineDirectory = `611 610 254:1 /var/lib/docker/containers/${other}/x /host/var/lib/docker rw - ext4 /dev/vda1 rw`;

function hostnameLine(id: string, target = "/etc/hostname"): string {
  return `620 610 254:1 /var/lib/docker/containers/${id}/${target.slice(5)} ${target} rw,relatime - ext4 /dev/vda1 rw`;
}

const nobody = {
  inspect: async () => Promise.reject(new Error("unexpected")),
  inspectImage: async () => Promise.reject(new Error("unexpected")),
};

test("the container id is read from the files that the engine mounts", () => {
  const mountinfo = [overlay, engineDirectory, hostnameLine(own), ""].join("\n");

  assert.equal(containerIdOf(mountinfo), own);
});

test("Podman mounts its files from a place of another name", () => {
  const at = `/containers/storage/overlay-containers/${own}/userdata/hostname`;
  const foreign = `611 610 254:1 /var/lib/containers/storage/overlay-containers/${other}/userdata /host/x rw - ext4 /dev/vda1 rw`;

  assert.equal(
    containerIdOf([overlay, foreign, `620 610 0:24 ${at} /etc/hostname rw - tmpfs tmpfs rw`].join("\n")),
    own,
  );
});

test("an overmounted host name leaves the id in the other files", () => {
  const mountinfo = [overlay, "620 610 0:9 / /etc/hostname rw - tmpfs tmpfs rw", hostnameLine(own, "/etc/hosts")];

  assert.equal(containerIdOf(mountinfo.join("\n")), own);
});

test("ids elsewhere in the mount table are not taken", () => {
  assert.equal(containerIdOf([overlay, engineDirectory].join("\n")), undefined);
  assert.equal(containerIdOf(""), undefined);
});

test("the image is that of the own container", async () => {
  const engine = { ...nobody, inspect: async (id: string) => Promise.resolve({ ...details, id }) };

  assert.deepEqual(await findSelf(engine, { mountinfo: hostnameLine(own) }), { containerId: own, image: "sha256:1" });
});

test("an engine that does not know the container yet is asked again, and no more once it has answered", async () => {
  let calls = 0;
  const inspect = async () => {
    calls += 1;
    if (calls === 1) throw engineNotFound("inspect", "it has not read its containers yet");
    return Promise.resolve({ ...details, id: own });
  };
  const selfImage = createSelfImage({ ...nobody, inspect }, { mountinfo: hostnameLine(own) });

  await assert.rejects(selfImage(), { code: "ENGINE_SELF_UNKNOWN" });
  assert.equal(await selfImage(), "sha256:1");
  assert.equal(await selfImage(), "sha256:1");
  assert.equal(calls, 2);
});

test("an image given by hand wins and must be there", async () => {
  const engine = {
    ...nobody,
    inspectImage: async (name: string) => Promise.resolve(name === "a:1" ? "sha256:2" : undefined),
  };

  assert.deepEqual(await findSelf(engine, { mountinfo: "", imageOverride: "a:1" }), {
    containerId: undefined,
    image: "sha256:2",
  });
  await assert.rejects(findSelf(engine, { mountinfo: "", imageOverride: "b:1" }), { code: "ENGINE_SELF_UNKNOWN" });
});

test("outside a container, without an image by hand, it says what to do", async () => {
  await assert.rejects(findSelf(nobody, { mountinfo: overlay }), { code: "ENGINE_SELF_UNKNOWN" });
});

test("a container that the engine does not know is reported as such", async () => {
  const engine = { ...nobody, inspect: async () => Promise.reject(engineNotFound("inspect", "no such container")) };

  await assert.rejects(findSelf(engine, { mountinfo: hostnameLine(own) }), { code: "ENGINE_SELF_UNKNOWN" });
});

const details = {
  id: own,
  name: "flexkube-agent",
  labels: {},
  state: "running",
  image: "flexkube-agent:1",
  imageId: "sha256:1",
  createdAt: { epochMs: 0 },
  exitCode: 0,
  error: "",
  oomKilled: false,
  restartCount: 0,
  restart: "always",
  resources: {},
  networks: ["host"],
} as const;
