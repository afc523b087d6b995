// .ci/debian on machines that lack everything: which packages it asks for, by what each suite has. Nothing is installed: the programs that
// would are stand-ins, which note how they were called.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand, tryCommand } from "./run-command.ts";

const debian = fileURLToPath(new URL("../../.ci/debian", import.meta.url));
const common = fileURLToPath(new URL("sh/common.sh", import.meta.url));

type Machine = {
  /** Programs that are there before anything is installed. */
  readonly programs?: string;
  /** Whether the suite has a package for Docker's command line. */
  readonly dockerCli: boolean;
  readonly sudo?: boolean;
};

/** The environment of a machine where bash finds only the given programs, and those that install note what they are asked. */
async function machine(t: TestContext, { programs = "apt-get", dockerCli, sudo = true }: Machine) {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-debian-"));
  t.after(async () => rm(folder, { recursive: true }));
  const calls = join(folder, "calls");
  const stand = async (name: string, script: string): Promise<void> => {
    await writeFile(join(folder, name), `#!/bin/bash\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  };
  await stand("id", "echo 1000");
  await stand("dpkg-query", "exit 1");
  await stand("apt-cache", `case $2 in docker-cli) ${dockerCli ? "" : "exit 100"} ;; esac; echo "Package: $2"`);
  // installs nothing; what brings a program would be there afterwards
  const installs = `case "$*" in *" install "*) echo all >>"${folder}/there" ;; esac`;
  await stand(
    "sudo",
    `${sudo ? "" : "exit 1; "}shift; echo "$*" >>"${calls}"; ${installs}; [ "$1" != tee ] || cat >/dev/null`,
  );
  await writeFile(join(folder, "there"), `${programs.replaceAll(" ", "\n")}\n`);
  const looks = `grep -qxE "$1|all" "${folder}/there"`;
  await writeFile(
    join(folder, "env"),
    `type() { shift; ${looks}; }\ncommand() { shift; ${looks}; }\nexport -f type command\n`,
  );
  return {
    env: { ...env, PATH: `${folder}${delimiter}${env["PATH"] ?? ""}`, BASH_ENV: join(folder, "env") },
    asked: async () => {
      const install = (await readFile(calls, "utf8")).split("\n").find((line) => line.includes(" install ")) ?? "";
      return install.replace(/^.*--force-confold /, "").split(" ");
    },
  };
}

const everyMachine =
  "age binutils bsdutils busybox-static ca-certificates curl debian-archive-keyring docker.io e2fsprogs etcd-client etcd-server haproxy iproute2 iptables openssl procps shellcheck util-linux";

test("on Debian 13 Docker's command line is asked for too, which docker.io only recommends", async (t) => {
  const trixie = await machine(t, { dockerCli: true });

  await runCommand([debian], { env: trixie.env });

  assert.deepEqual(await trixie.asked(), [...everyMachine.split(" "), "docker-cli"].toSorted());
});

test("on Debian 12 there is no such package, and docker.io brings it", async (t) => {
  const bookworm = await machine(t, { dockerCli: false });

  await runCommand([debian], { env: bookworm.env });

  assert.deepEqual(await bookworm.asked(), everyMachine.split(" "));
});

test("a machine with docker.io and without the command line gets that alone", async (t) => {
  const programs =
    "apt-get dockerd iptables ebtables ip tc unshare mkfs.ext4 ps curl etcd etcdctl haproxy openssl shellcheck strip age";
  const trixie = await machine(t, { programs, dockerCli: true });

  await runCommand([debian], { env: trixie.env });

  assert.ok((await trixie.asked()).includes("docker-cli"));
  assert.ok(!(await trixie.asked()).includes("docker.io"));
});

test("what fetches images is a set of its own", async (t) => {
  const trixie = await machine(t, { dockerCli: true });

  await runCommand([debian, "registries"], { env: trixie.env });

  assert.deepEqual(await trixie.asked(), [...everyMachine.split(" "), "docker-cli", "skopeo"].toSorted());
});

test("who is not root is told the same names", async (t) => {
  const trixie = await machine(t, { dockerCli: true, sudo: false });

  const { exitCode, stderr } = await tryCommand([debian], { env: trixie.env });

  assert.equal(exitCode, 1);
  assert.match(stderr, /as root: apt-get install --no-install-recommends age binutils .* docker-cli docker\.io /);
});

for (const [dockerCli, named] of [
  [true, "docker-cli"],
  [false, "docker.io"],
] as const)
  test(`the lab names ${named} for a missing docker where the suite has ${dockerCli ? "it" : "no docker-cli"}`, async (t) => {
    const there = "dockerd containerd runc ebtables ip tc busybox unshare flock curl mkfs.ext4";
    const { env: lacking } = await machine(t, { programs: there, dockerCli });

    const script = `. "${common}"; id() { echo 0; }; require_tools`;
    const { stderr } = await tryCommand(["bash", "-c", script], { env: lacking });

    assert.equal(stderr.trim(), `hosts: missing Debian packages: ${named}`);
  });
