// A host of kind machine takes the commands of any other host, and loses at a power cut what was not synced.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { startLab, type Lab } from "./lab.ts";
import { skipWithoutRelease } from "./skip-without-release.ts";

describe("a host of kind machine", { skip: skipWithoutRelease(), timeout: 600_000 }, () => {
  let lab: Lab;
  let host: LabHost;

  before(async () => {
    lab = await startLab({ hosts: ["m1=machine", "n1"], disk: "2G" });
    host = lab.host("m1");
  });
  after(async () => {
    await lab.down();
  });

  const reaches = async (from: LabHost): Promise<boolean> =>
    (await from.attempt(["sh", "-c", "busybox ping -c 1 -W 2 10.77.0.11"])).exitCode === 0;

  test("runs programs with their standard input, output and exit code, whatever their words hold", async () => {
    assert.equal(await host.exec("printf", "%s|", "a b", "", "it's", "$HOME", "*"), "a b||it's|$HOME|*|");
    const { exitCode, stdout, stderr } = await host.attempt(["sh", "-c", "cat; echo bad >&2; exit 7"], { input: "in" });
    assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 7, stdout: "in", stderr: "bad\n" });
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    await host.writeFile("/srv/a/bytes", bytes, 0o640);
    assert.deepEqual(await host.readFile("/srv/a/bytes"), bytes);
    assert.equal((await host.exec("stat", "-c", "%a", "/srv/a/bytes")).trim(), "640");
  });

  test("takes a lot at once by either cable, as fast as it comes", async () => {
    const bytes = 16 * 1024 ** 2;
    const content = Buffer.alloc(bytes, "flexkube");
    const begun = performance.now();
    await host.writeFile("/srv/large", content);
    assert.equal(Number(await host.exec("stat", "-c", "%s", "/srv/large")), bytes);

    await lab.host("n1").writeFile("/srv/www/large", content);
    await lab.host("n1").exec("busybox", "httpd", "-p", "8080", "-h", "/srv/www");
    await host.exec("curl", "-sSf", "-m", "120", "-o", "/srv/fetched", "http://10.77.0.12:8080/large");
    assert.equal(Number(await host.exec("stat", "-c", "%s", "/srv/fetched")), bytes);
    // frames that are lost take it to some KiB a second
    assert.ok(performance.now() - begun < 180_000);
  });

  test("is on one network with the others, and commands reach it while it is cut off or its cable is pulled", async () => {
    const n1 = lab.host("n1");
    assert.ok(await reaches(n1));
    for (const [fault, undo] of [
      [() => host.partition("n1"), () => host.heal()],
      [() => host.unplug(), () => host.plug()],
    ] as const) {
      await fault();
      assert.equal(await reaches(n1), false);
      assert.equal((await host.exec("cat", "/proc/1/comm")).trim(), "systemd");
      await undo();
      await eventually(async () => assert.ok(await reaches(n1)), { what: "n1 reaches m1 again" });
    }
  });

  test("its kernel has the tunnels that later networks of pods may use", async () => {
    const add =
      "ip link add t0 type vxlan id 7 dstport 4789 local 127.0.0.1; ip link add t1 type ipip local 127.0.0.1; ip link add t2 type wireguard";
    assert.match(await host.exec("unshare", "-n", "sh", "-euc", `${add}; ip -o link`), /t0:[^]*t1[@:][^]*t2:/);
  });

  test("a full disk takes no byte, and does again when there is room", async () => {
    await host.disk.fill();
    assert.notEqual((await host.attempt(["sh", "-c", "echo x > /srv/more && test -s /srv/more"])).exitCode, 0);
    await host.disk.free();
    await host.exec("sh", "-c", "echo x > /srv/more && test -s /srv/more");
  });

  test("a power cut loses what was not synced and nothing that was", async () => {
    await host.exec("sh", "-c", "echo kept > /srv/kept && sync /srv/kept && sync /srv && echo lost > /srv/lost");
    await host.kill();
    await host.start();

    assert.equal((await host.readFile("/srv/kept")).toString(), "kept\n");
    assert.notEqual((await host.attempt(["grep", "lost", "/srv/lost"])).exitCode, 0);
  });

  test("a reboot by systemd ends programs orderly and keeps the disk; the clock may be another afterwards", async () => {
    await host.exec("sh", "-c", "echo kept > /srv/by-reboot");
    const boot = await host.exec("cat", "/proc/sys/kernel/random/boot_id");
    await host.clock("400 days ago");
    await host.reboot();

    assert.notEqual(await host.exec("cat", "/proc/sys/kernel/random/boot_id"), boot);
    assert.equal((await host.readFile("/srv/by-reboot")).toString(), "kept\n");
    const days = (Date.now() / 1000 - Number(await host.exec("date", "+%s"))) / 86_400;
    assert.ok(Math.abs(days - 400) < 1, String(days));
  });

  test("paths are wiped while it is off, and it is frozen and thawed", async () => {
    await host.stop();
    await host.wipe("/srv/a");
    await host.start();
    assert.notEqual((await host.attempt(["ls", "/srv/a"])).exitCode, 0);

    await host.freeze();
    assert.equal(await reaches(lab.host("n1")), false);
    await host.thaw();
    await eventually(async () => assert.ok(await reaches(lab.host("n1"))), { what: "m1 answers again" });
  });
});
