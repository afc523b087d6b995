// On a real file system: who else may write a directory that the agent believes.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { placeOpenTo } from "./who-may-write.ts";

const skip = process.getuid?.() === 0 ? false : "only root gives directories to others";

test(
  "a directory of state or images that others may write is told, and so is one above it",
  { skip },
  async (context) => {
    const root = temporaryRoot(context);
    const place = (path: string, mode: number, uid = 0): string => {
      mkdirSync(`${root}/${path}`, { recursive: true });
      chownSync(`${root}/${path}`, uid, 0);
      chmodSync(`${root}/${path}`, mode);
      return `${root}/${path}`;
    };
    const closed = place("closed", 0o700);
    const theirs = place("theirs", 0o755, 1000);
    const open = place("open", 0o777);
    const below = place("open/closed", 0o700);
    symlinkSync(theirs, `${root}/link`);

    const told = async (path: string): Promise<string> => (await placeOpenTo(path)).join("\n").replaceAll(root, "");

    assert.equal(await told(closed), "");
    assert.equal(await told(`${root}/missing`), "");
    assert.match(await told(theirs), /^\/theirs\/: user 1000, who owns it, may write it/);
    assert.match(await told(`${root}/link`), /^\/link\/: user 1000/);
    assert.match(await told(open), /^\/open\/: group 0 and everybody may write it/);
    assert.match(await told(below), /^\/open\/: group 0 and everybody may write it/);
  },
);
