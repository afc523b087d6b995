// The kubelet's image as users make it: getting the program from a web server, and the Dockerfile on a lab host.
import { equal, match, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { imageStore, labImages } from "#lab/images.ts";
import { startLab, type Lab } from "#lab/lab.ts";
import { tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const skip = skipWithoutLab();
const source = fileURLToPath(new URL("./", import.meta.url));
const program = "#!/bin/sh\necho Kubernetes v1.36.3\n";
const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

/** A folder of one's own with the files of this one. */
async function context(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-kubelet-"));
  for (const file of ["Dockerfile", ".dockerignore", "packages", "fetch"])
    await copyFile(join(source, file), join(folder, file));
  return folder;
}

describe("getting the kubelet", { skip }, () => {
  let folder: string;
  let server: ReturnType<typeof createServer>;
  let published = sha256(program);

  before(async () => {
    folder = await context();
    server = createServer((request, response) => {
      const path = "/v1.36.3/bin/linux/arm64/kubelet";
      if (request.url === path) response.end(program);
      else if (request.url === `${path}.sha256`) response.end(published);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  const fetch = (...args: readonly string[]) => {
    // an address with a port, since the server listens on TCP
    const { port } = server.address() as AddressInfo;
    return tryCommand([join(folder, "fetch"), ...args], {
      env: { KUBERNETES_RELEASES: `http://127.0.0.1:${port}` },
      deadlineMs: 30_000,
    });
  };

  test("a program that its published checksum contradicts is refused, and nothing of it is left", async () => {
    published = sha256("another");

    const { exitCode, stderr } = await fetch("1.36.3", "arm64");

    equal(exitCode, 1);
    match(stderr, /is not what its checksum says/);
    ok(!(await readdir(folder)).some((file) => file.includes("kubelet") || file.startsWith(".fetch")));
    published = sha256(program);
  });

  test("a checksum that is given counts, whatever the server says", async () => {
    const { exitCode } = await fetch("v1.36.3", "arm64", sha256("what was audited"));

    equal(exitCode, 1);
  });

  test("the program is there when its checksum holds", async () => {
    const { exitCode, stderr } = await fetch("v1.36.3", "arm64");

    equal(exitCode, 0, stderr);
    equal(await readFile(join(folder, "kubelet"), "utf8"), program);
    equal((await stat(join(folder, "kubelet"))).mode & 0o777, 0o755);
  });
});

describe("the kubelet's Dockerfile", { skip }, () => {
  let lab: Lab;
  let folder: string;
  let busybox: string;

  before(async () => {
    const images = await labImages("busybox");
    busybox = images.busybox.reference;
    lab = await startLab({ hosts: ["h1"], seed: await imageStore([images.busybox]) });
    folder = await context();
    await writeFile(join(folder, "kubelet"), program, { mode: 0o755 });
  });
  after(async () => {
    await lab.down();
    await rm(folder, { recursive: true });
  });

  const build = (base: string) =>
    lab.host("h1").docker("build", "--quiet", "--build-arg", `BASE=${base}`, "--tag", "kubelet:test", folder);

  test("a base that lacks a program is refused by its name", async () => {
    await rejects(build(busybox), /the base has no conntrack \(Debian package conntrack\)/);
  });

  test("on a base that has them all the kubelet is the entrypoint", async () => {
    const list = await readFile(join(source, "packages"), "utf8");
    const programs = [...list.matchAll(/^must \S+ (.+)$/gm)].flatMap(([, names = ""]) => names.split(" "));
    const links = programs.map((name) => `[ -e /usr/bin/${name} ] || ln -s busybox /usr/bin/${name}`).join("; ");
    await mkdir(join(folder, "base"));
    await writeFile(join(folder, "base/Dockerfile"), `FROM ${busybox}\nRUN ${links}\n`);
    await lab.host("h1").docker("build", "--quiet", "--tag", "base:test", join(folder, "base"));

    await build("base:test");

    equal(await lab.host("h1").docker("run", "--rm", "kubelet:test"), "Kubernetes v1.36.3\n");
  });
});
