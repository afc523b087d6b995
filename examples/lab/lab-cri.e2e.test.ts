// Lab hosts that are prepared to be Kubernetes nodes: containerd's CRI, its images, and the kernel settings that nodes change.
import { equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { hostsCommand } from "./hosts-command.ts";
import { imageStore, labImages, type LabImage } from "./images.ts";
import { startLab, type Lab } from "./lab.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";

const skip = skipWithoutLab();

// Docker 20.10 with containerd 1.6, Docker 28.5 with containerd 2.1
for (const base of ["stable", "sid"]) {
  describe(`a host with CRI (${base})`, { skip }, () => {
    let lab: Lab;
    let host: LabHost;
    let images: Readonly<Record<"busybox" | "pause", LabImage>>;

    before(async () => {
      images = await labImages("busybox", "pause");
      const seed = await imageStore([images.pause], base, [images.pause]);
      lab = await startLab({ hosts: { k1: base }, cri: true, seed });
      host = lab.host("k1");
    });
    after(() => lab.down());

    const answers = () =>
      eventually(async () => /^\S+ +cri +.* ok *$/m.test(await host.exec("ctr", "plugins", "ls")), {
        what: "CRI answers",
      });
    const podImages = () => host.exec("ctr", "--namespace", "k8s.io", "images", "ls", "-q");

    test("CRI answers, and begins every pod with the configured image", async () => {
      await answers();

      match(await host.exec("containerd", "config", "dump"), /(sandbox_image|sandbox) = ["']registry\.k8s\.io\/pause:/);
    });

    test("a seeded host has the image for pods and for containers", async () => {
      match(await podImages(), new RegExp(`^${images.pause.reference}$`, "m"));
      await host.docker("image", "inspect", images.pause.reference);
    });

    test("an image from the seed runs from containerd's store", async () => {
      const run = ["ctr", "--namespace", "k8s.io", "run", "--rm", images.pause.reference, "once", "/pause", "-v"];

      match(await host.exec(...run), /^pause/);
    });

    test("an image is imported for pods alone", async () => {
      await host.importForPods(images.busybox.tar);

      match(await podImages(), /busybox:lab/);
      equal((await host.tryDocker(["image", "inspect", images.busybox.reference])).exitCode, 1);
    });

    test("what the operator made of containerd's configuration stays over a power cut, and CRI answers again", async () => {
      const file = "/etc/containerd/config.toml";
      await host.writeFile(file, `${String(await host.readFile(file))}\n# the operator's\n`);
      await host.kill();

      await host.start();

      await answers();
      match(String(await host.readFile(file)), /# the operator's\n$/);
    });
  });
}

test("kernel settings that nodes changed are put back with the last lab that has CRI", { skip }, async (t) => {
  const kernel = await mkdtemp(join(tmpdir(), "kernel-"));
  const setting = join(kernel, "vm/overcommit_memory");
  for (const name of ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"]) {
    await mkdir(dirname(join(kernel, name)), { recursive: true });
    await writeFile(join(kernel, name), "0\n");
  }
  const commands = await Promise.all(
    ["/tmp/lab-", "/tmp/lab-"].map(async (prefix) =>
      hostsCommand({
        LAB_DIR: await mkdtemp(prefix),
        LAB_KERNEL: kernel,
        LAB_CRI: "1",
        LAB_OWNER: String(process.pid),
      }),
    ),
  );
  const [first, second] = commands;
  ok(first !== undefined && second !== undefined);
  t.after(async () => {
    for (const lab of commands) await lab.run(["down"]);
    await rm(kernel, { recursive: true });
  });
  await first.run(["up", "k1"]);
  await writeFile(setting, "1\n");
  await second.run(["up", "k1"]);

  await first.run(["down"]);
  equal(await readFile(setting, "utf8"), "1\n");
  await second.run(["down"]);

  equal(await readFile(setting, "utf8"), "0\n");
});
