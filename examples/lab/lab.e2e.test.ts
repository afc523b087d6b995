// Everything that a lab host can do and that can be done to it, on real ones.
import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { eventually } from "./eventually.ts";
import { hostsCommand } from "./hosts-command.ts";
import { imageStore, labImages } from "./images.ts";
import { startLab, type Lab } from "./lab.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";
import { tracesOf } from "./traces.ts";

const skip = skipWithoutLab();

test(
  "of the image stores of a kind the newest forty are kept, and none that was not used for a day",
  { skip },
  async (context) => {
    const directory = await mkdtemp("/tmp/flexkube-seeds-");
    context.after(async () => rm(directory, { recursive: true }));
    const { busybox } = await labImages("busybox");
    const [now, minute] = [Date.now() / 1000, 60];
    for (const [name, ageMinutes] of [
      ...Array.from({ length: 45 }, (_, index) => [`store-${index}`, 1 + index] as const),
      ["store-of-yesterday", 1500] as const,
      ["other-of-today", 100] as const,
    ]) {
      await mkdir(`${directory}/${name}`);
      await utimes(`${directory}/${name}`, now - ageMinutes * minute, now - ageMinutes * minute);
    }

    await hostsCommand({}).run(["seed", `${directory}/store-new`, "stable", busybox.tar]);

    const left = (await readdir(directory)).filter((name) => !name.endsWith(".lock"));
    const kept = Array.from({ length: 39 }, (_, index) => `store-${index}`);
    deepEqual(left.toSorted(), ["other-of-today", "store-new", ...kept].toSorted());
  },
);

describe("a lab of two hosts", { skip }, () => {
  let lab: Lab;
  let image: string;

  before(async () => {
    const { busybox } = await labImages("busybox");
    image = busybox.reference;
    lab = await startLab({ hosts: ["h1", "h2"], seed: await imageStore([busybox]) });
  });
  after(() => lab.down());

  const run = (host: string, ...args: readonly string[]) => lab.host(host).docker("run", ...args);
  const state = (host: string, name: string) =>
    lab.host(host).docker("inspect", "--format", "{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}", name);
  const reaches = async (from: string, to: string) => {
    const command = ["ping", "-c", "1", "-W", "1", lab.host(to).ip];
    return (await lab.host(from).attempt(command)).exitCode === 0;
  };

  test("each host has a name, an address and a Docker of its own", async () => {
    const names = await Promise.all(lab.hosts.map((host) => host.docker("info", "--format", "{{.Name}} {{.Driver}}")));

    deepEqual(names, ["h1 overlay2\n", "h2 overlay2\n"]);
    deepEqual(
      lab.hosts.map((host) => host.ip),
      ["10.77.0.11", "10.77.0.12"],
    );
    match(await lab.net("curl", "-s", "--unix-socket", lab.host("h1").socket, "http://docker/version"), /ApiVersion/);
  });

  test("a container on the host network is reached by the operator and sees the host's root", async () => {
    const page = "/srv/page";
    await lab.host("h1").writeFile(`${page}/index.html`, "hello from h1");

    const mount = `type=bind,source=/,target=/host,readonly`;
    const serve = ["httpd", "-f", "-p", "8080", "-h", `/host${page}`];
    await run(
      "h1",
      "-d",
      "--name",
      "web",
      "--network",
      "host",
      "--mount",
      mount,
      "--entrypoint",
      "busybox",
      image,
      ...serve,
    );

    const answer = await eventually(() => lab.net("curl", "-sf", "http://10.77.0.11:8080/"), { what: "the page" });
    equal(answer, "hello from h1");
  });

  test("a privileged container starts and its mount is seen by the host but not by this machine", async () => {
    const mounted = "mkdir -p /host/mnt/shared && mount -t tmpfs tmpfs /host/mnt/shared && touch /host/mnt/shared/here";
    await run("h1", "--rm", "--privileged", "-v", "/:/host:rshared", "--entrypoint", "sh", image, "-c", mounted);

    equal(await lab.host("h1").exec("ls", "/mnt/shared"), "here\n");
    equal((await tracesOf("/mnt/shared")).length, 0);
  });

  test("a file written to a host has its mode and is read back as it was", async () => {
    const content = Buffer.from([0, 255, 10, 13, 0]);

    await lab.host("h2").writeFile("/etc/deep/er/file", content, 0o600);

    deepEqual(await lab.host("h2").readFile("/etc/deep/er/file"), content);
    equal(await lab.host("h2").exec("stat", "-c", "%a", "/etc/deep/er/file"), "600\n");
  });

  test("a power cut ends everything on the host, and what restarts always is back with the power", async () => {
    await run("h2", "-d", "--init", "--name", "always", "--restart", "always", "--entrypoint", "sleep", image, "1000");
    const former = await state("h2", "always");

    await lab.host("h2").kill();

    await rejects(lab.host("h2").exec("true"), /h2 is down/);
    equal(await reaches("h1", "h2"), false);
    await lab.host("h2").start();
    await eventually(async () => (await state("h2", "always")).startsWith("running"), {
      what: "the container is back",
    });
    notEqual(await state("h2", "always"), former);
  });

  test("data wiped while the host was off is gone, through links in the host and never out of it", async () => {
    const host = lab.host("h2");
    await host.writeFile("/var/lib/data/member/wal", "x");
    await host.exec("ln", "-s", "/var/lib/data", "/data");
    await rejects(host.wipe("/var/lib/data/member"), /h2 is up/);
    await host.kill();

    await host.wipe("/data/member");
    await rejects(host.wipe("/var/../etc"), /not an absolute path/);

    await host.start();
    equal(await host.exec("ls", "/var/lib/data"), "");
  });

  test("dockerd comes back after SIGKILL, and off means off until it is switched on", async () => {
    const { dockerd } = lab.host("h2");
    await dockerd.kill();
    await dockerd.answers();

    await dockerd.off();

    await rejects(lab.host("h2").docker("ps"), /Cannot connect/);
    await dockerd.on();
    await lab.host("h2").docker("ps");
  });

  test("a partition cuts both ways until it is healed, for that host alone", async () => {
    await lab.host("h1").partition("h2");

    equal(await reaches("h1", "h2"), false);
    equal(await reaches("h2", "h1"), false);
    match(await lab.net("curl", "-s", "http://10.77.0.11:8080/"), /hello/);
    await lab.host("h2").heal();
    await eventually(() => reaches("h1", "h2"), { what: "h1 reaches h2", deadlineMs: 5000 });
  });

  test("a host without its cable is reached by nobody", async () => {
    await lab.host("h1").unplug();

    await rejects(lab.net("curl", "-s", "--max-time", "0.5", "http://10.77.0.11:8080/"));
    await lab.heal();
    await eventually(() => lab.net("curl", "-sf", "--max-time", "1", "http://10.77.0.11:8080/"), { what: "the page" });
  });

  test("a frozen host answers nothing and goes on where it was", async () => {
    const host = lab.host("h1");
    const former = await state("h1", "web");
    await host.freeze();

    const answer = await host.tryDocker(["ps"], { deadlineMs: 700 });

    notEqual(answer.exitCode, 0);
    await host.thaw();
    equal(await state("h1", "web"), former);
  });

  test("an orderly reboot keeps the disk", async () => {
    await lab.host("h2").writeFile("/root/kept", "kept");

    await lab.host("h2").reboot();

    equal(String(await lab.host("h2").readFile("/root/kept")), "kept");
  });

  test("another lab with the same names and addresses stands beside it", async () => {
    const other = await startLab({ hosts: ["h1"] });
    try {
      await other.host("h1").writeFile("/root/mine", "other");

      await rejects(lab.host("h1").readFile("/root/mine"), /No such file/);
      equal(other.host("h1").ip, lab.host("h1").ip);
    } finally {
      await other.down();
    }
    await lab.host("h1").docker("ps");
  });
});

test("a full disk refuses writes until it is freed, also when something on it is removed", { skip }, async () => {
  const lab = await startLab({ hosts: ["h1"], disk: "200M" });
  try {
    const host = lab.host("h1");
    await host.exec("sh", "-c", "head -c 20000000 /dev/zero >/root/large");
    const isFull = async (): Promise<void> => rejects(host.writeFile("/root/file", "x"), /No space left on device/);
    await host.disk.fill();
    await isFull();

    await host.exec("rm", "/root/large");
    const room = async (): Promise<string> => host.exec("df", "-P", "/root");
    await eventually(async () => match(await room(), / \d +100% /), { what: "the room that came is taken" });
    await isFull();

    await host.disk.free();
    await host.writeFile("/root/file", "x");
  } finally {
    await lab.down();
  }
});

test("down leaves nothing, whatever state the hosts are in", { skip }, async (t) => {
  const lab = await startLab({ hosts: ["on", "off", "frozen", "cut"], disk: "100M" });
  t.after(() => lab.down());
  await lab.host("off").kill();
  await lab.host("frozen").freeze();
  await lab.host("cut").partition();
  ok((await tracesOf(lab.dir)).length > 4);

  await lab.down();

  // the last killed processes are reaped by somebody else
  await eventually(async () => (await tracesOf(lab.dir)).length === 0, { what: "no trace is left", deadlineMs: 5000 });
});

test("a lab ends with the process that started it", { skip }, async (t) => {
  const dir = await mkdtemp("/tmp/lab-");
  const lab = JSON.stringify(new URL("./lab.ts", import.meta.url).href);
  const script = `import { startLab } from ${lab}; await startLab({ hosts: ["h1"], dir: "${dir}" }); console.log("up"); setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => owner.kill("SIGKILL"));
  await once(owner.stdout, "data");
  ok((await tracesOf(dir)).length > 0);

  owner.kill("SIGKILL");

  await eventually(async () => (await tracesOf(dir)).length === 0, { what: "the lab is gone", deadlineMs: 15_000 });
});

test("down without a lab named is refused", { skip }, async () => {
  const { runCommand } = await import("./run-command.ts");
  const hosts = fileURLToPath(new URL("./hosts", import.meta.url));

  await rejects(runCommand([hosts, "down"], { env: { LAB_DIR: undefined } }), /say which lab/);
});

test("hosts with an older and a newer Docker stand side by side", { skip }, async () => {
  const lab = await startLab({ hosts: { old: "stable", new: "sid" } });
  try {
    const [older = 0, newer = 0] = await Promise.all(
      lab.hosts.map(async (host) =>
        Number.parseInt(await host.docker("version", "--format", "{{.Server.Version}}"), 10),
      ),
    );

    ok(newer > older, `${newer} is no newer than ${older}`);
    const { busybox } = await labImages("busybox");
    await lab.host("new").load(busybox.tar);
    equal(
      await lab.host("new").docker("run", "--rm", "--privileged", "--entrypoint", "echo", busybox.reference, "x"),
      "x\n",
    );
  } finally {
    await lab.down();
  }
});
