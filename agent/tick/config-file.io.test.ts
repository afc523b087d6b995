// A host config's file on a real disk, written in all the ways that files are delivered.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { readConfigFile } from "#agent/cli/config-source.ts";
import { createPatience } from "#agent/files/patience.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { createConfigFile } from "./config-file.ts";
import type { ConfigFile } from "./config-file.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
};

type Watched = {
  readonly directory: string;
  readonly path: string;
  readonly file: ConfigFile;
  readonly hide: (reason: string) => void;
};

/** A watched file `host.yaml` with the text `one`. */
async function watched(context: TestContext): Promise<Watched> {
  const directory = `${temporaryRoot(context)}/flexkube`;
  const path = `${directory}/host.yaml`;
  mkdirSync(directory);
  writeFileSync(path, "one");
  let hidden: string | undefined;
  const file = createConfigFile(path, {
    clock,
    patience: createPatience({ clock }),
    readFile: async () => readConfigFile(path),
    notSeen: async () => Promise.resolve(hidden),
  });
  const end = new AbortController();
  assert.equal(await file.read(), "one");
  const watching = file.watch(end.signal);
  context.after(async () => {
    end.abort();
    await watching;
  });
  return { directory, path, file, hide: (reason) => void (hidden = reason) };
}

/** Resolves when the watch has seen other content. */
async function seen({ file }: Watched): Promise<void> {
  await file.changes.hint(0, AbortSignal.timeout(10_000));
}

const deliveries: Readonly<Record<string, (about: Watched) => void>> = {
  "written over": ({ path }) => writeFileSync(path, "two"),
  "renamed into place, as editors and mv do": ({ directory, path }) => {
    writeFileSync(`${directory}/.host.yaml.swp`, "two");
    renameSync(`${directory}/.host.yaml.swp`, path);
  },
  "removed and made again": ({ path }) => {
    unlinkSync(path);
    writeFileSync(path, "two");
  },
  "copied over with the times of another": ({ directory, path }) => {
    writeFileSync(`${directory}/new`, "two");
    spawnSync("touch", ["-d", "2020-01-01", `${directory}/new`]);
    spawnSync("cp", ["-p", `${directory}/new`, path]);
  },
  "brought with a new directory": ({ directory, path }) => {
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    writeFileSync(path, "two");
  },
  "linked to another directory, as mounted ConfigMaps are": ({ directory, path }) => {
    mkdirSync(`${directory}/..2`);
    writeFileSync(`${directory}/..2/host.yaml`, "two");
    symlinkSync("..2", `${directory}/..data_tmp`);
    renameSync(`${directory}/..data_tmp`, `${directory}/..data`);
    symlinkSync("..data/host.yaml", `${directory}/link`);
    renameSync(`${directory}/link`, path);
  },
};

for (const [how, deliver] of Object.entries(deliveries))
  test(`a new text is seen when it is ${how}`, async (context) => {
    const about = await watched(context);

    deliver(about);
    await seen(about);

    assert.equal(await about.file.read(), "two");
  });

test("a swap of the directory behind a link is seen", async (context) => {
  const about = await watched(context);
  const { directory, path } = about;
  for (const [name, text] of [
    ["..1", "one"],
    ["..2", "two"],
  ] as const) {
    mkdirSync(`${directory}/${name}`);
    writeFileSync(`${directory}/${name}/host.yaml`, text);
    symlinkSync(name, `${directory}/swap${name}`);
  }
  renameSync(`${directory}/swap..1`, `${directory}/..data`);
  unlinkSync(path);
  symlinkSync("..data/host.yaml", path);
  assert.equal(await about.file.read(), "one");

  renameSync(`${directory}/swap..2`, `${directory}/..data`);
  await seen(about);

  assert.equal(await about.file.read(), "two");
});

test("a file that is being copied is read when it is whole", async (context) => {
  const about = await watched(context);
  writeFileSync(about.path, "");
  const copying = (async () => {
    for (const part of ["t", "w", "o"]) {
      appendFileSync(about.path, part);
      await setTimeout(200);
    }
  })();

  const text = await about.file.read();

  assert.equal(text, "two");
  await copying;
});

test("the same text in a new file is no change", async (context) => {
  const about = await watched(context);
  writeFileSync(`${about.directory}/new`, "one");
  renameSync(`${about.directory}/new`, about.path);
  await about.file.read();

  writeFileSync(about.path, "two");
  await seen(about);

  assert.equal(about.file.changes.count(), 1);
});

test("who else may write it is a change too, and so is another one at the host's path", async (context) => {
  const about = await watched(context);
  const { path, file, hide } = about;

  chmodSync(path, 0o666);
  await seen(about);
  assert.equal(await file.read(), "one");
  assert.match(file.warnings().join(), /everybody may write it/);

  hide("another directory is there");
  await file.changes.hint(1, AbortSignal.timeout(10_000));
  await assert.rejects(file.read(), (error) => isFlexkubeError(error, "CONFIG_UNREADABLE"));
  assert.deepEqual(file.warnings(), []);
});

test("a file that goes is nothing to read, what is no file is refused at once", async (context) => {
  const about = await watched(context);

  unlinkSync(about.path);
  await seen(about);
  assert.equal(await about.file.read(), undefined);
  spawnSync("mkfifo", [about.path]);
  await assert.rejects(about.file.read(), (error) => isFlexkubeError(error, "CONFIG_UNREADABLE"));
  unlinkSync(about.path);
  symlinkSync("/dev/zero", about.path);
  await assert.rejects(about.file.read(), /cannot be read/);
  unlinkSync(about.path);
  mkdirSync(about.path);
  await assert.rejects(about.file.read(), /cannot be read/);
});
