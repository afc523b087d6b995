// Contract rows: images, mounts, published ports.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { hostDirectory, hostMount, tarOf, type Row } from "./bench.ts";

const published = { address: "0.0.0.0", hostPort: 18999, containerPort: 80, protocol: "tcp" } as const;

export const imageRows: readonly Row[] = [
  {
    name: "an image that is not there is undefined",
    run: async ({ engine }) => {
      assert.equal(await engine.inspectImage("flexkube.invalid/nothing:1"), undefined);
    },
  },
  {
    name: "an image's labels are told, and of one that is not there nothing",
    run: async ({ engine, subject }) => {
      const id = (await engine.inspectImage(subject.image)) ?? "";

      assert.deepEqual(await engine.imageLabels(id), await engine.imageLabels(subject.image));
      assert.notEqual(await engine.imageLabels(id), undefined);
      assert.equal(await engine.imageLabels("flexkube.invalid/nothing:1"), undefined);
    },
  },
  {
    name: "an image is found by its reference, its long form and its id",
    run: async ({ engine, subject }) => {
      const id = await engine.inspectImage(subject.image);

      const short = subject.image.replace(/^docker\.io\/library\//, "");

      assert.match(id ?? "", /^sha256:[0-9a-f]{64}$/);
      assert.equal(await engine.inspectImage(id ?? ""), id);
      assert.equal(await engine.inspectImage(short), id);
      assert.equal(await engine.inspectImage(`docker.io/library/${short}`), id);
    },
  },
  {
    name: "a loaded archive brings its references",
    run: async ({ engine, subject }) => {
      const references = await engine.loadImage(subject.archive());

      assert.deepEqual(references, [subject.archived]);
      assert.notEqual(await engine.inspectImage(subject.archived), undefined);
    },
  },
  {
    name: "an archive that is no image is ENGINE_REFUSED",
    run: async ({ engine }) => {
      await assert.rejects(engine.loadImage(Readable.from([Buffer.from("no image".repeat(1000))])), {
        code: "ENGINE_REFUSED",
      });
    },
  },
  {
    name: "an archive that cannot be read is FILES_UNREADABLE",
    run: async ({ engine }) => {
      const broken = new Readable({ read: () => undefined });
      setImmediate(() => broken.destroy(new Error("gone")));

      await assert.rejects(engine.loadImage(broken), { code: "FILES_UNREADABLE" });
    },
  },
  {
    name: "a pull of what no registry has fails",
    run: async ({ engine }) => {
      await assert.rejects(engine.pullImage("127.0.0.1:1/nothing:1", undefined, { deadlineMs: 20_000 }), {
        code: /ENGINE_(NOT_FOUND|REFUSED)/,
      });
    },
  },
  {
    name: "a mount whose source is missing is refused and makes nothing on the host",
    run: async (bench) => {
      const source = "/tmp/flexkube-contract-missing";
      const mounts = [{ source, target: "/data", readOnly: true, propagation: "rprivate" }] as const;
      const host = await bench.hostContainer();

      await assert.rejects(bench.run("deaf", { spec: { mounts } }), { code: "ENGINE_REFUSED" });

      assert.equal(await bench.engine.statArchive(host, `${hostMount}${source}`), undefined);
    },
  },
  {
    name: "a mount whose source has gone since is refused at the start and makes nothing on the host",
    run: async (bench) => {
      const source = `${hostDirectory}/goes`;
      const mounts = [{ source, target: "/data", readOnly: true, propagation: "rprivate" }] as const;
      const host = await bench.hostContainer();
      await bench.engine.putArchive(host, hostMount, await tarOf([{ name: `${source.slice(1)}/` }]));
      const id = await bench.create("deaf", { spec: { mounts } });
      const all = [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }] as const;
      await bench.engine.wait(await bench.run("cleans", { spec: { mounts: all } }));

      await assert.rejects(bench.engine.start(id), { code: "ENGINE_REFUSED" });

      assert.equal(await bench.engine.statArchive(host, `${hostMount}${source}`), undefined);
    },
  },
  {
    name: "a mount of the engine's own directory must not be private",
    run: async (bench) => {
      const mounts = [{ source: "/", target: hostMount, readOnly: true, propagation: "rprivate" }] as const;

      await assert.rejects(bench.create("deaf", { spec: { mounts } }), { code: "ENGINE_REFUSED" });
    },
  },
  {
    name: "a tmpfs takes files of the user that it was asked for",
    run: async (bench) => {
      const tmpfs = { "/scratch": "rw,noexec,nosuid,nodev,size=1m,mode=0700,uid=1234,gid=1234" };
      const id = await bench.run("scratches", { spec: { tmpfs, user: "1234:1234", readOnlyRoot: true } });

      assert.equal(await bench.engine.wait(id), 0);
    },
  },
  {
    name: "a published port has one holder",
    run: async (bench) => {
      const spec = { networkMode: "bridge", ports: [published] };
      const holder = await bench.run("deaf", { spec });
      const second = await bench.create("deaf", { spec });

      await assert.rejects(bench.engine.start(second), { code: "ENGINE_REFUSED" });
      await bench.engine.stop(holder, 0);
      await bench.engine.start(second);

      const details = await bench.engine.inspect(second);
      assert.equal(details.state, "running");
      assert.ok(details.networks.includes("bridge"));
    },
  },
  {
    name: "a network that is not there fails at the latest at the start",
    run: async (bench) => {
      await assert.rejects(bench.run("deaf", { spec: { networkMode: "flexkube-no-such-network" } }), {
        code: /ENGINE_(NOT_FOUND|REFUSED)/,
      });
    },
  },
];
