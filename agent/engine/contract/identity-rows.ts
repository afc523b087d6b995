// Contract rows: names, labels, and what list and inspect say.
import assert from "node:assert/strict";
import type { Row } from "./bench.ts";

export const identityRows: readonly Row[] = [
  {
    name: "info names the engine, its API and its cgroups",
    run: async ({ engine }) => {
      const info = await engine.info();

      assert.match(info.version, /^[0-9]+\.[0-9]+/);
      assert.match(info.apiVersion, /^1\.[0-9]+$/);
      assert.match(info.cgroupVersion, /^[12]$/);
      assert.match(info.cgroupDriver, /^(cgroupfs|systemd)$/);
      assert.ok(Array.isArray(info.securityOptions));
    },
  },
  {
    name: "list finds containers in every state by a label's key or by key and value, the newest first",
    run: async (bench) => {
      const first = await bench.run("deaf", { labels: { "contract.row": "a" } });
      const second = await bench.create("deaf", { labels: { "contract.row": "b" } });
      const ids = async (label: string) => (await bench.engine.list({ label })).map((item) => item.id);

      assert.deepEqual(await ids("contract.row=a"), [first]);
      assert.deepEqual(await ids("contract.row=c"), []);
      assert.deepEqual(await ids("contract.row"), [second, first]);
      assert.ok((await bench.engine.list()).length >= 2);
    },
  },
  {
    name: "list shows name, labels, state and image",
    run: async (bench) => {
      const name = bench.name();
      const id = await bench.create("deaf", { name, labels: { "contract.row": "shown" } });

      const [item] = await bench.engine.list({ label: "contract.row=shown" });

      assert.equal(item?.id, id);
      assert.equal(item.name, name);
      assert.equal(item.state, "created");
      assert.equal(item.image, bench.subject.shownImage ?? bench.subject.image);
      assert.equal(item.imageId, await bench.engine.inspectImage(bench.subject.image));
      assert.equal(item.labels["contract.row"], "shown");
    },
  },
  {
    name: "inspect of a created container has no start and no end",
    run: async (bench) => {
      const resources = { memoryBytes: 33_554_432, cpus: 0.5, cpuShares: 512, pids: 20 };
      const id = await bench.create("deaf", { restart: "on-failure", resources, spec: { networkMode: "host" } });

      const details = await bench.engine.inspect(id);

      assert.equal(details.state, "created");
      assert.equal(details.startedAt, undefined);
      assert.equal(details.finishedAt, undefined);
      assert.equal(details.exitCode, 0);
      assert.equal(details.restart, "on-failure");
      assert.deepEqual(details.resources, resources);
      assert.deepEqual(details.networks, ["host"]);
      assert.ok(Math.abs(details.createdAt.epochMs - bench.clock.now()) < 60_000);
    },
  },
  {
    name: "inspect takes a name, and tells start, end and exit code",
    run: async (bench) => {
      const name = bench.name();
      const id = await bench.run("crashes", { name });
      await bench.engine.wait(id);

      const details = await bench.engine.inspect(name);

      assert.equal(details.id, id);
      assert.equal(details.state, "exited");
      assert.equal(details.exitCode, 9);
      assert.ok((details.startedAt?.epochMs ?? 0) >= details.createdAt.epochMs);
      // the daemon's clock for the start, the shim's for the end: what ends at once may have ended before it started
      assert.ok((details.finishedAt?.epochMs ?? 0) >= details.createdAt.epochMs);
    },
  },
  {
    name: "inspect of what is not there is ENGINE_NOT_FOUND",
    run: async ({ engine }) => {
      await assert.rejects(engine.inspect("no-such-container"), { code: "ENGINE_NOT_FOUND" });
    },
  },
  {
    name: "a name that is taken is ENGINE_CONFLICT for create and for rename",
    run: async (bench) => {
      const taken = bench.name();
      await bench.create("deaf", { name: taken });
      const other = await bench.create("deaf");

      await assert.rejects(bench.create("deaf", { name: taken }), { code: "ENGINE_CONFLICT" });
      await assert.rejects(bench.engine.rename(other, taken), { code: "ENGINE_CONFLICT" });
    },
  },
  {
    name: "a rename keeps the container running and frees its name",
    run: async (bench) => {
      const name = bench.name();
      const id = await bench.run("deaf", { name });

      await bench.engine.rename(id, `${name}.old`);
      await bench.create("deaf", { name });

      const renamed = await bench.engine.inspect(id);
      assert.equal(renamed.name, `${name}.old`);
      assert.equal(renamed.state, "running");
    },
  },
  {
    name: "the name it has already is refused by rename",
    run: async (bench) => {
      const name = bench.name();
      const id = await bench.create("deaf", { name });

      await assert.rejects(bench.engine.rename(id, name), { code: /ENGINE_(REFUSED|CONFLICT)/ });
    },
  },
  {
    name: "create without its image is ENGINE_NOT_FOUND",
    run: async (bench) => {
      await assert.rejects(bench.create("deaf", { spec: { image: "flexkube.invalid/nothing:1" } }), {
        code: "ENGINE_NOT_FOUND",
      });
    },
  },
  {
    name: "create from an image id shows that id as image",
    run: async (bench) => {
      const image = (await bench.engine.inspectImage(bench.subject.image)) ?? "";

      const details = await bench.engine.inspect(await bench.create("deaf", { spec: { image } }));

      assert.equal(details.imageId, image);
    },
  },
];
