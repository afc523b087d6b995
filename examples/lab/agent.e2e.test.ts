// The documented docker line on a real host, and what it survives.
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer, agentLogs, hostConfigPath, runAgentOnce, startAgent, stopAgent } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage, imageStore } from "./images.ts";
import { startLab, type Lab } from "./lab.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";

describe("the agent's documented docker line", { skip: skipWithoutLab() }, () => {
  let lab: Lab;
  let host: LabHost;
  let image: string;

  before(async () => {
    const built = await agentImage();
    image = built.reference;
    lab = await startLab({ hosts: ["h1"], seed: await imageStore([built]) });
    host = lab.host("h1");
  });
  after(() => lab.down());

  const startedAt = () => host.docker("inspect", "--format", "{{.State.StartedAt}}", agentContainer);
  // its exit code is 69 when the engine does not answer
  const status = () => host.docker("exec", agentContainer, "/flexkube-agent", "status");

  test("a command's exit code, output and errors are told apart", async () => {
    const version = await runAgentOnce(host, ["version"], { image });
    const invalid = await runAgentOnce(host, ["validate", "--config", "-"], { image, input: "nonsense" });

    deepEqual([version.exitCode, invalid.exitCode], [0, 65]);
    match(version.stdout, /\d+\.\d+\.\d+/);
    equal(version.stderr, "");
  });

  test("a stopped agent leaves no container", async () => {
    await startAgent(host, { image, args: ["run"] });
    await eventually(async () => /config/.test(await agentLogs(host)), { what: "it misses its host config" });

    await stopAgent(host);

    await rejects(agentLogs(host), /No such container/);
  });

  test("after SIGKILL of dockerd the agent is started again and reaches the new one", async () => {
    await startAgent(host, { image, args: ["run"] });
    const former = await startedAt();

    await host.dockerd.kill();

    await eventually(async () => (await startedAt()) !== former, { what: "it was started again" });
    await eventually(status, { what: "the engine answers the agent" });
    await stopAgent(host, { kill: true });
  });

  test("an agent that outlives dockerd reaches the new one", async () => {
    await host.writeFile("/etc/docker/daemon.json", '{"live-restore":true}');
    await host.dockerd.off();
    await host.dockerd.on();
    await startAgent(host, { image, args: ["run"] });
    const former = await startedAt();

    await host.dockerd.kill();

    await host.dockerd.answers();
    await status();
    equal(await startedAt(), former);
  });

  test("an engine that remaps user ids is refused before anything is written, also where the line says otherwise", async () => {
    await stopAgent(host, { kill: true });
    const { tar } = await agentImage();
    const engine = '{"userns-remap":"remapped"}';
    const script = `echo remapped:x:999:999::/:/bin/false >>/etc/passwd; echo remapped:x:999: >>/etc/group
      echo remapped:100000:65536 | tee /etc/subuid >/etc/subgid; echo '${engine}' >/etc/docker/daemon.json`;
    await host.exec("sh", "-euc", script);
    await host.dockerd.off();
    await host.dockerd.on();
    await host.dockerd.answers();
    // such an engine has images and containers of its own
    await host.load(tar);
    const config =
      "apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n  web:\n    image: web:1\n";
    const files = "    files: [{ path: page, content: hello }]\n";
    await host.writeFile(hostConfigPath, config + files, 0o600);
    const found = async (): Promise<string> => host.exec("find", "/etc", "/var/lib/flexkube");
    const written = await found();

    const documented = await runAgentOnce(host, ["apply"], { image });
    const { exitCode, stderr } = await runAgentOnce(host, ["apply"], { image, dockerArgs: ["--userns", "host"] });

    match(documented.stderr, /user namespaces are enabled/);
    equal(exitCode, 69);
    match(stderr, /userns-remap is set: .*daemon\.json/);
    equal(await found(), written);
    equal(await host.docker("ps", "-aq"), "");
  });
});
