// Where the secrets of a host are: in its config, the kept copies of it and the key files. Everything that the programs say,
// and everything else on the host, is searched for every key and secret of the cluster.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer, runAgentOnce } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { Needle } from "#lab/find-secrets.ts";
import type { LabHost } from "#lab/host.ts";
import { hostsCommand } from "#lab/hosts-command.ts";
import { agentImage } from "#lab/images.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { lookOften } from "#lab/look-often.ts";
import { CommandFailed, runCommandForBytes, tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingContainers } from "#lab/standing-containers.ts";
import { makeStandInCertificate } from "#lab/stand-in-certificate.ts";

describe("the secrets of a host", { skip: skipWithoutLab(), timeout: 600_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let host: LabHost;
  let needles: readonly Needle[];
  /** What the programs said, by what was asked. */
  const said = new Map<string, string>();

  before(async () => {
    lab = await startClusterLab(["h1"]);
    host = lab.host("h1");
    cluster = await createCluster(lab, "three-hosts");
    await cluster.edit(lookOften);
    await writeFile(join(cluster.directory, "password"), "correct horse battery staple\n");
    await cluster.edit((text) =>
      text
        .replace("agent: { interval", "agent: { listen: { address: 10.77.0.11, port: 9450 }, interval")
        .replaceAll(/^ +h[23]: \{ address.*\n/gm, "")
        .replace("path: /readyz } }", "path: /readyz }, deadline: 8s }")
        .replace(
          "      - { path: greeting,",
          "      - { path: password, secret: greeter/password }\n      - { path: greeting,",
        )
        .concat("  greeter/password: { file: password }\n"),
    );
    await live();
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const planner = async (...args: readonly string[]): Promise<void> => {
    const told = await cluster.planner(...args).catch((error: unknown) => {
      // there are changes
      if (error instanceof CommandFailed && error.result.exitCode === 2)
        return error.result.stdout + error.result.stderr;
      throw error;
    });
    said.set(`planner ${args.join(" ")}`, (said.get(`planner ${args.join(" ")}`) ?? "") + told);
  };
  const agent = async (when: string, ...args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await host.tryDocker(["exec", agentContainer, "/flexkube-agent", ...args]);
    said.set(`${args.join(" ")} ${when}`, stdout + stderr);
  };
  const preview = async (...args: readonly string[]): Promise<void> => {
    await planner("diff", ...args);
  };

  /** A host's life: made, changed with new keys, changed in a way that does not work. */
  async function live(): Promise<void> {
    await preview();
    await preview("--json");
    await planner("split");
    needles = await secretsBelow(cluster.directory);
    const file = join(cluster.directory, "hosts", "h1.yaml");
    for (const json of [[], ["--json"]]) {
      const options = { image: (await agentImage()).reference, hostConfigFile: file };
      const { exitCode, stdout, stderr } = await runAgentOnce(host, ["plan", ...json], options);
      assert.equal(exitCode, 2, stderr);
      said.set(`first plan ${json.join("")}`, stdout + stderr);
    }
    await cluster.startAgents(host);
    await cluster.settled([host]);
    await makeStandInCertificate(join(cluster.directory, "stand-in"));
    await cluster.edit((text) => text.replace("-f, /etc/flexkube/files/haproxy.cfg", "-f, /nowhere"));
    await preview();
    await preview("--json");
    await planner("split", "--json");
    needles = [...needles, ...(await secretsBelow(cluster.directory))];
    await cluster.deliver(host);
    await agent("with a change", "plan");
    await agent("with a change", "plan", "--json");
    await cluster.nudge(host);
    const isOver = async (): Promise<boolean> => {
      const { result, blocked } = await cluster.report(host);
      // it is told while the container of before is on its way back
      return result !== "working" && blocked.some(({ code }) => code === "rejected");
    };
    await eventually(isOver, { what: "the change does not work", deadlineMs: 60_000 });
  }

  test("are in nothing that the agent, the planner and Docker say", async () => {
    for (const args of [["status"], ["status", "--json"], ["plan"], ["reset", "--dry-run"], ["validate"]])
      await agent("at the end", ...args);
    for (const path of ["", "metrics", "healthz"])
      said.set(`/${path}`, await lab.net("curl", "-s", "--max-time", "3", `http://10.77.0.11:9450/${path}`));
    assert.match(said.get("/") ?? "", /<h1>Host h1<[^]*rejected/);
    const all = Object.keys(await standingContainers(host));
    const { reference } = await agentImage();
    said.set("inspect", await host.docker("inspect", ...all));
    said.set("history", await host.docker("history", "--no-trunc", reference));
    said.set("image", await host.docker("image", "inspect", reference));
    // labels of containers that lived for a moment only are in the events
    said.set("events", await host.docker("events", "--since", "1h", "--until", "0s"));
    for (const id of all) {
      const { stdout, stderr } = await host.tryDocker(["logs", id]);
      said.set(`logs ${id}`, stdout + stderr);
    }
    said.set(
      "processes",
      await host.exec("sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'"),
    );

    for (const [what, text] of said) {
      assert.ok(text.length > 0 || /logs/.test(what), `${what} said nothing`);
      assert.deepEqual(secretsIn(text, needles), [], what);
      assert.doesNotMatch(text, /PRIVATE KEY/, what);
    }
    assert.match(said.get("events") ?? "", /flexkube-config-/);
  });

  test("are in no layer of the agent's image", async () => {
    const { reference } = await agentImage();

    const saved = await runCommandForBytes(["docker", "-H", `unix://${host.socket}`, "save", reference]);

    assert.ok(saved.length > 1_000_000);
    assert.deepEqual(secretsIn(saved, needles), []);
  });

  test("are in no file of the host but its config, the copies kept of it and the key files, which only their users read", async () => {
    const pid = (await hostsCommand({ LAB_DIR: lab.dir }).run(["pid", "h1"])).trim();
    const root = `/proc/${pid}/root`;
    const patterns = [...new Set(needles.flatMap(({ forms }) => forms))].join("\n");
    const places = ["etc", "var", "run", "tmp", "root"].map((place) => `${root}/${place}`);

    // sockets and what ends while it is read are errors of grep's
    const { stdout } = await tryCommand(["grep", "-rlaF", "--devices=skip", "-f", "-", ...places], { input: patterns });

    const files = stdout
      .trim()
      .split("\n")
      .map((path) => path.slice(root.length));
    const modes = await host.exec("stat", "-c", "%a %n", ...files);
    const shown = modes
      .trim()
      .split("\n")
      .map((line) => line.replaceAll(/[0-9a-f]{16,}/g, "<hash>"));
    assert.deepEqual(
      shown.toSorted((a, b) => (a.slice(4) < b.slice(4) ? -1 : 1)),
      [
        "600 /etc/flexkube/host.yaml",
        "400 /etc/kubernetes/api-stand-in/<hash>/server.pem",
        "600 /etc/kubernetes/etcd/live/peer.key",
        "600 /etc/kubernetes/etcd/live/server.key",
        "600 /etc/kubernetes/greeter/<hash>/password",
        "600 /var/lib/flexkube/in-force.yaml",
        "600 /var/lib/flexkube/last-good.yaml",
      ],
    );
  });
});
