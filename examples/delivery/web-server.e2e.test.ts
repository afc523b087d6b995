// Three hosts whose only contact is a web server of static files: first start, a change, a way back, and whatever the server does.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { agentContainer, agentLogs, startAgent } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStore, labImages } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import type { Lab } from "#lab/lab.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { unitCommands } from "#planner/boot/testing/unit-commands.ts";
import { makeServerKeys, startWebServer } from "#lab/web-server.ts";
import type { Manner, WebServer } from "#lab/web-server.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const readme = new URL("README.md", import.meta.url);
const planner = [execPath, join(project, "planner/main.ts")];
const port = 8443;

describe("host configs from a web server alone", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let directory: string;
  let server: WebServer;
  let agentReference: string;
  const recipients = new Map<string, string>();

  before(async () => {
    const { busybox } = await labImages("busybox");
    const own = await agentImage();
    agentReference = own.reference;
    lab = await startLab({ hosts: ["h1", "h2", "h3"], seed: await imageStore([own, busybox]) });
    directory = await mkdtemp(join(tmpdir(), "flexkube-web-"));
    await mkdir(join(directory, "www"));
    await makeServerKeys(directory, `${lab.prefix}.1`);
    const [first, ...booted] = lab.hosts;
    await first?.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
    await first?.copyIn(join(directory, "ca.pem"), "/etc/flexkube/ca.pem");
    const docker = (await runCommand(["sh", "-c", "readlink -f $(command -v docker)"])).trim();
    for (const host of booted) await host.copyIn(docker, "/usr/bin/docker", 0o755);
    server = await startWebServer(lab, { directory: join(directory, "www"), keys: directory, port });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  });

  const split = async (motd: string, ...words: readonly string[]): Promise<void> => {
    const command = `trap 'exit 0' TERM; while :; do sleep 1; done`;
    const web = { hosts: "all", image: "busybox:lab", args: ["sh", "-c", command], restart: "always" };
    const files = [{ path: "motd", content: `${motd}\n`, effect: "none" }];
    const hosts = Object.fromEntries(
      lab.hosts.map(({ name, ip }) => [name, { address: ip, recipient: recipients.get(name) }]),
    );
    const cluster = { apiVersion: "flexkube/v1alpha1", kind: "Cluster", name: "edge", hosts };
    const often = { interval: "5s", jitter: "500ms" };
    const text = JSON.stringify({ ...cluster, agent: often, containers: { greeter: { ...web, files } } });
    await writeFile(join(directory, "cluster.yaml"), text);
    await runCommand(["env", "-C", directory, ...planner, "split", ...words]);
  };
  const www = (name: string): string => join(directory, "www", name);
  /** Whole for whoever asks meanwhile. */
  const serve = async (name: string, bytes: Uint8Array): Promise<void> => {
    await writeFile(join(directory, "next"), bytes);
    await rename(join(directory, "next"), www(name));
  };
  const publish = async (): Promise<void> => {
    for (const name of await readdir(join(directory, "sealed")))
      if (name.endsWith(".age")) await serve(name, await readFile(join(directory, "sealed", name)));
  };
  const onAll = async <T>(act: (host: LabHost) => Promise<T>): Promise<readonly T[]> => Promise.all(lab.hosts.map(act));
  const lookNow = async (): Promise<void> => {
    await onAll(async (host) => host.docker("kill", "--signal", "HUP", agentContainer));
  };
  const motd = async (host: LabHost): Promise<string> =>
    (await host.docker("exec", "greeter", "cat", "/etc/flexkube/live/motd")).trim();
  const everywhere = async (text: string): Promise<void> => {
    await onAll(async (host) =>
      eventually(async () => (await motd(host)) === text, { what: `${text} on ${host.name}`, deadlineMs: 120_000 }),
    );
  };
  const containers = async (host: LabHost): Promise<string> =>
    host.docker("ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}");
  /** All is well, as its status says. */
  const shown = async (host: LabHost, ...words: readonly string[]): Promise<string> => {
    const command = ["exec", agentContainer, "/flexkube-agent", "status", "--wait", "60s", ...words];
    const status = await host.tryDocker(command);
    assert.equal(status.exitCode, 0, status.stdout);
    return status.stdout;
  };
  const said = async (host: LabHost): Promise<string> => shown(host, "--json");
  const times = async (host: LabHost, words: string): Promise<number> =>
    (await agentLogs(host)).split("\n").filter((line) => line.includes(words) && line.includes('"level":40')).length;
  /** In report and log of every host, and nothing else has happened. */
  const isToldOnce = async (words: string, untouched: readonly string[]): Promise<void> => {
    await onAll(async (host) =>
      eventually(async () => (await said(host)).includes(words), {
        what: `${words} on ${host.name}`,
        deadlineMs: 60_000,
      }),
    );
    const asked = server.told().length;
    await lookNow();
    await eventually(() => server.told().length >= asked + lab.hosts.length, { what: "the hosts ask again" });
    assert.deepEqual(await onAll(containers), untouched);
    assert.deepEqual(await onAll(async (host) => times(host, words)), [1, 1, 1], words);
  };

  /** The document of one host's first boot. */
  const boot = async (host: string, ...words: readonly string[]): Promise<string> => {
    const url = `https://${lab.prefix}.1:${port}/{host}.age`;
    const web = ["--config-url", url, "--config-ca", "ca.pem", "--image", agentReference];
    return runCommand(["env", "-C", directory, ...planner, "boot", host, ...web, ...words]);
  };

  test("the first start with nothing but the server: by the documented lines, by a booted script, by a booted unit alone", async () => {
    const commands = await readCommands(readme, "From a web server");
    const start = commands.indexOf("docker run -d");
    const [h1, h2, h3] = [lab.host("h1"), lab.host("h2"), lab.host("h3")];
    const type = async (text: string): Promise<string> =>
      (await runCommand(["sh", "-euc", text], { env: { DOCKER_HOST: `unix://${h1.socket}` } })).trim();
    recipients.set("h1", await type(commands.slice(0, start)));
    await split("none", "--seal");
    // the key that the planner made comes with the script; the unit's host makes its own, and says to what its config is to be sealed
    await h2.writeFile("/root/boot.sh", await boot("h2", "--format", "script", "--identity"));
    await h2.exec("sh", "/root/boot.sh");
    const output: string[] = [];
    for (const command of unitCommands(await boot("h3", "--format", "systemd"))) output.push(await h3.exec(...command));
    recipients.set("h3", /^age1[a-z0-9]+$/m.exec(output.join("\n"))?.[0] ?? assert.fail(output.join("\n")));
    await split("first");
    await publish();
    const key = (await readFile(join(directory, "pki/delivery/signer.pub"), "utf8")).split("\n")[1] ?? "";

    await type(
      commands
        .slice(start)
        .replace("https://configs.example.org", `https://${lab.prefix}.1:${port}`)
        .replace("KEY", key),
    );

    await everywhere("first");
    await onAll(said);
    for (const host of [h2, h3])
      assert.equal((await host.exec("ls", "/etc/flexkube")).trim(), "config-ca.pem", host.name);
  });

  test("a change is taken up by all, and costs 304 while there is none", async () => {
    await split("second");
    await publish();

    await everywhere("second");

    const asked = server.told().length;
    const unchanged = (): readonly string[] =>
      server
        .told()
        .slice(asked)
        .filter((line) => line.startsWith("304 "));
    await eventually(() => unchanged().length >= 6, { what: "unchanged files are not sent again", deadlineMs: 60_000 });
  });

  test("the way back is the former content with a new number; the former file itself is no news", async () => {
    const former = await readFile(www("h1.age"));
    await split("third");
    await publish();
    await everywhere("third");
    await split("second");
    await publish();
    await everywhere("second");

    await serve("h1.age", former);
    await lookNow();
    const isOlder = async (): Promise<boolean> => (await said(lab.host("h1"))).includes('"state":"older"');
    await eventually(isOlder, { what: "an older file is seen as such", deadlineMs: 60_000 });
    assert.equal(await motd(lab.host("h1")), "second");
    await publish();
  });

  test("whatever the server does is told once and changes nothing", async () => {
    const untouched = await onAll(containers);
    const another = (name: string): string => (name === "h1" ? "h2" : "h1");
    const sealed = (name: string): string => join(directory, "sealed", `${name}.age`);
    const wrong: readonly (readonly [string, (name: string) => Promise<Uint8Array>])[] = [
      ["SEALED_OTHER_KEY", async (name) => readFile(sealed(another(name)))],
      ["SEALED_DAMAGED", async (name) => (await readFile(sealed(name))).subarray(0, -40)],
      ["SEALED_REQUIRED", async (name) => readFile(join(directory, `hosts/${name}.yaml`))],
    ];
    for (const [code, make] of wrong) {
      for (const { name } of lab.hosts) await serve(`${name}.age`, await make(name));
      await lookNow();
      await isToldOnce(code, untouched);
    }
    await publish();
    const manners: readonly (readonly [Manner, string])[] = [
      ["page", "it is a web page"],
      ["broken", "it answers with status 500"],
      ["elsewhere", "which is not followed"],
      ["cut", "the connection was cut"],
      ["endless", "longer than 8 MiB"],
    ];
    for (const [manner, words] of manners) {
      server.answer(manner);
      await lookNow();
      await isToldOnce(words, untouched);
    }
    server.answer("drip");
    await lookNow();
    await onAll(async (host) =>
      eventually(async () => (await said(host)).includes("it does not answer: timed out"), {
        what: "a drip ends",
        deadlineMs: 60_000,
      }),
    );
    assert.deepEqual(await onAll(containers), untouched);
    assert.equal(
      server.told().some((line) => line.includes("/elsewhere.age")),
      false,
    );
  });

  test("a server that is gone is no news, also for an agent that starts anew; what changed meanwhile comes when it is back", async () => {
    await server.stop();
    const untouched = await onAll(containers);
    await onAll(async (host) => host.docker("restart", agentContainer));
    await onAll(async (host) =>
      eventually(async () => (await said(host)).includes("nothing listens there"), {
        what: "it is told",
        deadlineMs: 60_000,
      }),
    );
    assert.deepEqual(await onAll(containers), untouched);
    await split("fourth");
    await publish();

    // from the first request on: whoever had asked for the file before would know it
    server = await startWebServer(lab, {
      directory: join(directory, "www"),
      keys: directory,
      port,
      manner: "unchanged",
    });
    await lookNow();
    await isToldOnce("was not asked that", untouched);
    server.answer("files");
    await lookNow();

    await everywhere("fourth");
  });

  test("of several servers, believed by the CAs of the host's system, the highest that opens wins; a dead one and a stranger bring no news", async (t) => {
    const h1 = lab.host("h1");
    const made = new Map<string, Buffer>();
    for (const text of ["fifth", "sixth", "seventh"]) {
      await split(text);
      made.set(text, await readFile(join(directory, "sealed/h1.age")));
    }
    /** One more, with what was made under that name. */
    const further = async (text: string, keys: string, at: number): Promise<void> => {
      await mkdir(join(directory, text));
      await writeFile(join(directory, text, "h1.age"), made.get(text) ?? "");
      const other = await startWebServer(lab, { directory: join(directory, text), keys, port: at });
      t.after(async () => other.stop());
    };
    await mkdir(join(directory, "strange"));
    await makeServerKeys(join(directory, "strange"), `${lab.prefix}.1`);
    await further("seventh", join(directory, "strange"), port + 1);
    await further("sixth", directory, port + 2);
    await serve("h1.age", made.get("fifth") ?? new Uint8Array());
    const urls = [port + 3, port + 1, port, port + 2].map((each) => `https://${lab.prefix}.1:${each}/h1.age`);
    const [dead = "", stranger = "", former = "", newest = ""] = urls;
    const configs = urls.flatMap((url) => ["--config", url]);
    const greeter = async (): Promise<string> =>
      h1.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "greeter");
    const untouched = await greeter();
    /** Each is a line of its status, or the beginning of one. */
    const says = async (...lines: readonly string[]): Promise<void> => {
      const isSaid = async (): Promise<boolean> => {
        const text = `\n${await shown(h1)}`;
        for (const line of lines) assert.ok(text.includes(`\n${line}`), `${line} in${text}`);
        return true;
      };
      await eventually(isSaid, { what: lines.join("; "), deadlineMs: 60_000 });
    };

    await h1.docker("rm", "-f", agentContainer);
    await startAgent(h1, { image: agentReference, args: ["run", "--host", "h1", ...configs] });

    const silent = `${dead}: nothing new: it cannot be read: it does not answer: nothing listens there (ECONNREFUSED)`;
    const strange = "nothing new: it cannot be read: it does not answer: its certificate is of no CA that counts here";
    await says(silent, ...[stranger, former, newest].map((url) => `${url}: ${strange}`));
    assert.equal(await greeter(), untouched);
    await h1.exec("sh", "-c", "mkdir -p /etc/ssl/certs; cat /etc/flexkube/ca.pem >>/etc/ssl/certs/ca-certificates.crt");
    await h1.docker("kill", "--signal", "HUP", agentContainer);
    await eventually(async () => (await motd(h1)) === "sixth", { what: "the highest", deadlineMs: 60_000 });
    await says(
      silent,
      `${stranger}: ${strange}`,
      `${former}: its host config is an older one`,
      `${newest}: its host config is in force`,
    );
    assert.equal(await greeter(), untouched);

    await publish();
    await h1.docker("kill", "--signal", "HUP", agentContainer);
    await everywhere("seventh");
  });

  test("no key is in what was served, reported or logged", async () => {
    const needles = await secretsBelow(directory);
    for (const name of await readdir(join(directory, "www")))
      assert.deepEqual(secretsIn(await readFile(www(name)), needles), [], name);
    for (const host of lab.hosts) {
      const files = ["report.json", "events.jsonl", "ledger.json", "delivery.json"];
      const kept = await Promise.all(files.map(async (file) => host.readFile(`/var/lib/flexkube/${file}`)));
      for (const [index, text] of [...kept, Buffer.from(await agentLogs(host))].entries())
        assert.deepEqual(secretsIn(text, needles), [], `${host.name} ${files[index] ?? "log"}`);
    }
  });
});
