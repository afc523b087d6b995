// An image that is not on the host comes from its registry, with the credentials of the host config and no others.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hostConfigPath, runAgentOnce } from "#lab/agent.ts";
import type { CommandResult } from "#lab/run-command.ts";
import type { LabHost } from "#lab/host.ts";
import { firstLine } from "#lab/first-line.ts";
import { agentImage, imageStores, labImages } from "#lab/images.ts";
import type { LabImage } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import type { Lab } from "#lab/lab.ts";
import { startRegistry } from "#lab/registry.ts";
import type { Registry } from "#lab/registry.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { makeStandInCertificate } from "#lab/stand-in-certificate.ts";

const file = new URL("pull.yaml", import.meta.url);
const password = "correct horse battery";

/** Podman speaks plain HTTP with whom it is told, Docker with every loopback; here it looks for Docker's own registry there too. */
const plainLoopback = `[[registry]]
location = "127.0.0.1:5000"
insecure = true
[[registry]]
prefix = "docker.io"
location = "127.0.0.1:5000"
insecure = true
`;
/** Without it Podman's API takes a name without a registry for one of Docker's by itself. */
const noDockerHub = "[engine]\ncompat_api_enforce_docker_hub = false\n";

for (const [engine, base] of Object.entries({ Docker: "stable", Podman: "podman" }))
  describe(
    `a registry that asks ${engine} for a password`,
    { skip: skipWithoutLab("namespace"), timeout: 600_000 },
    () => {
      let lab: Lab;
      let host: LabHost;
      let own: LabImage;
      let registry: Registry;

      before(async () => {
        own = await agentImage();
        const { busybox } = await labImages("busybox");
        lab = await startLab({ hosts: { h1: base }, seed: await imageStores([base], [own]) });
        host = lab.host("h1");
        await host.exec("mkdir", "-p", "/etc/containers/registries.conf.d");
        await host.writeFile("/etc/containers/registries.conf.d/loopback.conf", plainLoopback);
        registry = await startRegistry(host, {
          tar: busybox.tar,
          image: "tools/busybox:1",
          username: "reader",
          password,
          layerMs: 5000,
        });
      });
      after(async () => {
        await registry.stop();
        await lab.down();
      });

      const apply = async (change: (text: string) => string = (text) => text): Promise<CommandResult> => {
        await host.writeFile(hostConfigPath, change(await readFile(file, "utf8")), 0o600);
        return runAgentOnce(host, ["apply", "--log-level", "info"], { image: own.reference });
      };

      test("a wrong password is a failed step that names image and reason, and nothing is made", async () => {
        const { exitCode, stderr } = await apply((text) => text.replace(password, "incorrect donkey"));

        assert.equal(exitCode, 69);
        assert.match(
          stderr,
          /reason: 127\.0\.0\.1:5000\/tools\/busybox:1: 127\.0\.0\.1:5000 wants a name and password.* \(.*unauthorized\); check/,
        );
        assert.doesNotMatch(stderr, /incorrect donkey/);
        assert.equal((await host.docker("ps", "-aq")).trim(), "");
        assert.ok(registry.requests().every((request) => request.startsWith("401 ")));
      });

      test("credentials of another registry are not shown to this one", async () => {
        const { exitCode } = await apply((text) => text.replace('"127.0.0.1:5000"', '"127.0.0.1:5001"'));

        assert.equal(exitCode, 69);
        assert.ok(registry.requests().every((request) => request.startsWith("401 ")));
      });

      test("a registry whose certificate is for another name is told as that, and whose certificate it is", async () => {
        const server = `${host.ip}:5443`;
        const directory = await mkdtemp(join(tmpdir(), "flexkube-pull-"));
        await makeStandInCertificate(directory);
        const pem = join(directory, "server.pem");
        const child = spawn("nsenter", [
          `--net=/proc/${await host.pid()}/ns/net`,
          "openssl",
          "s_server",
          "-accept",
          server,
          "-cert",
          pem,
          "-key",
          pem,
        ]);
        const { exit } = await firstLine(child, "openssl");
        try {
          const { exitCode, stderr } = await apply((text) => text.replaceAll("127.0.0.1:5000", server));

          assert.equal(exitCode, 69);
          const told = `${server}/tools/busybox:1: ${server} presents a certificate that is not for ${host.ip} (`;
          assert.ok(stderr.includes(told), stderr);
        } finally {
          child.kill();
          await exit;
          await rm(directory, { recursive: true });
        }
      });

      test("with the right password the image is pulled and its container runs, and the password is in no log", async () => {
        const { exitCode, stdout, stderr } = await apply();

        assert.equal(exitCode, 0, stderr);
        assert.match(stderr, /"image":"127\.0\.0\.1:5000\/tools\/busybox:1".*pulling image/);
        assert.equal(
          await host.docker("ps", "--format", "{{.Names}} {{.Image}}"),
          "pulled 127.0.0.1:5000/tools/busybox:1\n",
        );
        assert.doesNotMatch(stdout + stderr, /correct horse/);
        assert.doesNotMatch(await host.docker("inspect", "pulled"), /correct horse/);
        assert.ok(registry.requests().some((request) => request.startsWith("200 GET /v2/tools/busybox/blobs/")));
      });

      test("an image that is there is not asked for again", async () => {
        const asked = registry.requests().length;
        await host.docker("rm", "-f", "pulled");

        assert.equal((await apply()).exitCode, 0);

        assert.equal(registry.requests().length, asked);
      });

      test("by tag and digest, as a lock file of the planner has it, the same image is pulled, and then it is there", async () => {
        const image = "127.0.0.1:5000/tools/busybox:1";
        const found = await host.docker("image", "inspect", "--format", "{{.RepoDigests}}", image);
        const [digest] = /sha256:[0-9a-f]{64}/.exec(found) ?? assert.fail(found);
        const pin = (text: string): string => text.replace(image, `${image}@${digest}`);
        await host.docker("rm", "-f", "pulled");
        await host.docker("rmi", image);

        const first = await apply(pin);
        const asked = registry.requests().length;
        const second = await apply(pin);

        assert.equal(first.exitCode, 0, first.stderr);
        const running = await host.docker("inspect", "--format", "{{.Config.Image}} {{.State.Status}}", "pulled");
        // Podman goes by the digest and tells no tag beside it
        const named = base === "podman" ? image.replace(/:1$/, "") : image;
        assert.equal(running.trim(), `${named}@${digest} running`);
        assert.match(second.stdout, /nothing to do/);
        assert.equal(registry.requests().length, asked);
        const other = await apply((text) => text.replace(image, `${image}@sha256:${"0".repeat(64)}`));
        assert.equal(other.exitCode, 69);
        assert.match(other.stderr, /sha256:0{64}/);
        assert.equal((await apply()).exitCode, 0);
      });

      const shortName = async (): Promise<void> => {
        await host.writeFile("/etc/containers/containers.conf.d/short-names.conf", noDockerHub);
        await host.dockerd.kill();
        await host.dockerd.answers();
        // it shows the config's credentials to Docker's own place only
        await host.exec("podman", "login", "--username", "reader", "--password", password, registry.server);
        await host.docker("rm", "-f", "pulled");
        const short = (text: string): string =>
          text.replace("127.0.0.1:5000/tools", "tools").replace("127.0.0.1:5000", "docker.io");

        const first = await apply(short);
        const asked = registry.requests().length;
        const second = await apply(short);
        await host.exec("podman", "logout", registry.server);

        assert.equal(first.exitCode, 0, first.stderr);
        const running = await host.docker("inspect", "--format", "{{.Config.Image}} {{.State.Status}}", "pulled");
        assert.equal(running.trim(), "docker.io/tools/busybox:1 running");
        assert.match(second.stdout, /nothing to do/);
        assert.equal(registry.requests().length, asked);
      };
      // only Podman goes to another place for Docker's registry
      if (base === "podman") test("a name without a registry is pulled from Docker's, and is there then", shortName);

      test("a pull of several seconds tells how far it is", async () => {
        await host.docker("rm", "-f", "pulled");
        // by its id, so that no digest keeps its layer
        const image = await host.docker("image", "inspect", "--format", "{{.Id}}", "127.0.0.1:5000/tools/busybox:1");
        await host.docker("rmi", "-f", image.trim());

        const { exitCode, stderr } = await apply();

        assert.equal(exitCode, 0, stderr);
        const told = [...stderr.matchAll(/"layers":1,"layersDone":0,"bytes":(\d+),"msg":"pulling image"/g)];
        // none have come where the registry was slow to begin
        const bytes = told.map(([, count]) => Number(count)).filter((count) => count > 0);
        assert.ok(bytes.length >= 2, stderr);
        assert.ok((bytes[0] ?? 0) < (bytes[1] ?? 0), `${bytes.join(", ")} bytes`);
      });
    },
  );
