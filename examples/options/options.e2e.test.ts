// Every option of a container has its effect at Docker: asked inside the containers, on the oldest engine and the newest.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runAgentOnce } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const hostConfigFile = fileURLToPath(new URL("host.yaml", import.meta.url));

describe("options of a container", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let lab: Lab;

  before(async () => {
    lab = await startClusterLab({ oldest: "stable", newest: "sid" });
    const own = await agentImage();
    for (const host of lab.hosts) {
      // what is mounted must itself be a shared mount for anything to travel through it
      await host.exec("sh", "-c", "mkdir -p /srv && mount --bind /srv /srv && mount --make-rshared /srv");
      // a device that Docker gives to no container unasked: the control node of loop devices, open to everybody
      await host.exec("mknod", "-m", "666", "/dev/options", "c", "10", "237");
      const applied = await runAgentOnce(host, ["apply"], { image: own.reference, hostConfigFile });
      assert.equal(applied.exitCode, 0, `${host.name}: ${applied.stdout}${applied.stderr}`);
    }
  });
  after(async () => lab.down());

  for (const name of ["oldest", "newest"])
    describe(`on the ${name} engine`, () => {
      const host = (): LabHost => lab.host(name);
      const within = async (container: string, script: string): Promise<string> =>
        (await host().docker("exec", container, "sh", "-c", script)).trim();
      const inspected = async (container: string, format: string): Promise<string> =>
        (await host().docker("inspect", "--format", format, container)).trim();

      test("program: entrypoint, arguments, environment, user, directory, host name", async () => {
        assert.equal(await within("confined", "tr '\\0' ' ' </proc/1/cmdline | head -n 1"), "sh -c trap 'exit 3' QUIT");
        assert.equal(
          await within("confined", 'echo "$GREETING-$EMPTY-"; id -u; id -g; pwd; hostname'),
          ["good morning--", "1000", "5", "/data", "confined-host"].join("\n"),
        );
      });

      test("files: sealed ones, live ones and those of the host, with mode and owner", async () => {
        const look = "cd /etc/confined; stat -c '%a %u %g' sealed/app/sealed.conf live/live.conf; cat */app/* live/*";
        assert.equal(await within("confined", look), "640 1000 5\n644 0 0\nsealed\nlive");
        assert.equal(
          await host().exec("sh", "-c", "stat -c '%a %u %g' /etc/confined.conf; cat /etc/confined.conf"),
          "600 1000 0\nof the host\n",
        );
        await assert.rejects(within("confined", "echo x >>/etc/confined/sealed/app/sealed.conf"), /Read-only/);
        await assert.rejects(within("confined", "echo x >/etc/confined/live/new"), /Read-only/);
      });

      test("mounts: made when missing with mode and owner, writable, read-only", async () => {
        assert.equal(await host().exec("stat", "-c", "%a %u %g", "/srv/data"), "750 1000 5\n");
        await within("confined", "echo mine >/data/mine");
        assert.equal((await host().readFile("/srv/data/mine")).toString(), "mine\n");
        await assert.rejects(within("confined", "echo x >/readonly/data/mine"), /Read-only/);
      });

      test("propagation: shared goes both ways, slave one way, private none", async () => {
        await host().exec(
          "sh",
          "-c",
          "for at in shared seen private; do mkdir /srv/$at/host; mount -t tmpfs host /srv/$at/host; done",
        );
        await within(
          "open",
          "for at in shared seen private; do mkdir /$at/inside; mount -t tmpfs inside /$at/inside; done",
        );

        assert.equal(await within("open", "grep -c '^host /shared/host ' /proc/self/mounts"), "1");
        assert.equal(await within("open", "grep -c '^host /seen/host ' /proc/self/mounts"), "1");
        assert.equal(await within("open", "grep -c '^host /private/host ' /proc/self/mounts || true"), "0");
        const seen = await host().exec("sh", "-c", "grep -o '^inside [^ ]*' /proc/self/mounts | sort -u");
        assert.equal(seen, "inside /srv/shared/inside\n");
      });

      test("tmpfs of its size, and a root that cannot be written", async () => {
        assert.match(await within("confined", "grep ' /scratch ' /proc/self/mounts"), /^tmpfs .*size=1024k/);
        await within("confined", "echo x >/scratch/x");
        await assert.rejects(within("confined", "echo x >/tmp/x"), /Read-only/);
      });

      test("ports: published on every address and on one", async () => {
        const ask = async (address: string): Promise<string> =>
          host().exec("sh", "-c", `wget -qO- http://${address}/mine`);
        await within("confined", "echo mine >/data/mine");
        assert.equal(await ask("127.0.0.1:8082"), "mine\n");
        assert.equal(await lab.net("curl", "-sf", "--max-time", "3", `http://${host().ip}:8081/mine`), "mine\n");
        await assert.rejects(lab.net("curl", "-sf", "--max-time", "3", `http://${host().ip}:8082/mine`));
      });

      test("namespaces: its own, or those of the host", async () => {
        const look = "cd /proc/self/ns; for space in net pid ipc; do readlink $space; done";
        const own = await host().exec("sh", "-c", look);

        assert.equal(await within("open", look), own.trim());
        const others = (await within("confined", look)).split("\n");
        assert.equal(others.length, 3);
        assert.deepEqual(
          others.filter((space) => own.includes(space)),
          [],
        );
      });

      test("rights: only those added, none to gain, or all", async () => {
        const status = await within("confined", "cat /proc/1/status");
        // bit 12 is NET_ADMIN; another user than root holds it in the bounding set alone
        assert.match(status, /^CapBnd:\s+0000000000001000$/m);
        assert.match(status, /^NoNewPrivs:\s+1$/m);
        const all = await within("open", "cat /proc/1/status >/dev/null; grep CapBnd /proc/self/status");
        assert.ok(BigInt(`0x${all.split(/\s+/)[1]}`) > 0x3000000000n, all);
      });

      test("devices, with the access that is named", async () => {
        await within("confined", ": </dev/named");
        await assert.rejects(within("confined", ": >/dev/named"), /not permitted/);
        await within("open", ": >/dev/options");
      });

      test("limits: processes' own, the kernel's, memory, CPU and number", async () => {
        // the soft limit is read from Docker: runc sets it while Go's runtime in the new process raises its own, and the later
        // one wins (opencontainers/runc 4195, seen with Docker 20.10 under load)
        assert.equal(await within("confined", "ulimit -Hn"), "1024");
        assert.equal(
          await inspected("confined", "{{json .HostConfig.Ulimits}}"),
          '[{"Name":"nofile","Hard":1024,"Soft":512}]',
        );
        assert.equal(await within("confined", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"), "99");
        const { HostConfig: limits } = JSON.parse(await inspected("confined", "{{json .}}")) as {
          readonly HostConfig: Readonly<Record<string, unknown>>;
        };
        assert.deepEqual(
          [limits["Memory"], limits["CpuQuota"], limits["CpuPeriod"], limits["CpuShares"], limits["PidsLimit"]],
          [67_108_864, 50_000, 100_000, 256, 40],
        );
      });

      test("labels, log options, restart policy", async () => {
        assert.equal(await inspected("confined", '{{index .Config.Labels "org.example.team"}}'), "confined");
        assert.equal(
          await inspected("confined", "{{json .HostConfig.LogConfig}}"),
          '{"Type":"json-file","Config":{"max-file":"2","max-size":"1m"}}',
        );
        assert.equal(await inspected("confined", "{{.HostConfig.RestartPolicy.Name}}"), "on-failure");
        assert.equal(await inspected("open", "{{.HostConfig.RestartPolicy.Name}}"), "always");
      });

      test("dependsOn: started after what it needs was healthy", async () => {
        const started = "{{.State.StartedAt}}";
        assert.ok(Date.parse(await inspected("open", started)) > Date.parse(await inspected("confined", started)));
      });

      test("stop signal and timeout: the program ends by its own signal", async () => {
        assert.equal(await inspected("confined", "{{.Config.StopTimeout}}"), "7");

        await host().docker("stop", "confined");

        await eventually(async () => (await inspected("confined", "{{.State.ExitCode}}")) === "3", {
          what: "exit code 3",
        });
      });
    });
});
