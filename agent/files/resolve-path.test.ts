import assert from "node:assert/strict";
import { test } from "node:test";
import { resolvePath, type Looked } from "./resolve-path.ts";

/** `links`: path → target; paths that end in .txt are files; everything else is missing unless in `directories`. */
function tree(directories: readonly string[], links: Readonly<Record<string, string>> = {}, uid = 0) {
  return (path: string): Promise<Looked> => {
    const target = links[path];
    if (target !== undefined) return Promise.resolve({ type: "link", target, uid });
    if (path.endsWith(".txt")) return Promise.resolve({ type: "file" });
    return Promise.resolve({ type: directories.includes(path) ? "directory" : "missing" });
  };
}

test("a path without links resolves to itself", async () => {
  assert.deepEqual(await resolvePath("/a/b.txt", tree(["/a"])), {
    type: "found",
    path: "/a/b.txt",
    through: ["/", "/a"],
  });
});

test("an absolute link starts again at the root and a relative one where it lies", async () => {
  const look = tree(["/a", "/data", "/data/x", "/data/y"], { "/a/abs": "/data/x", "/data/x/rel": "../y" });

  assert.deepEqual(await resolvePath("/a/abs/rel/f.txt", look), {
    type: "found",
    path: "/data/y/f.txt",
    through: ["/", "/a", "/data", "/data/x", "/data/y"],
  });
});

test("parent references in a link never lead above the root", async () => {
  const look = tree(["/a", "/etc"], { "/a/up": "../../../../etc" });

  assert.deepEqual(await resolvePath("/a/up/f.txt", look), {
    type: "found",
    path: "/etc/f.txt",
    through: ["/", "/a", "/etc"],
  });
});

test("a missing path behind a good link is missing at its real place", async () => {
  const look = tree(["/a", "/data"], { "/a/l": "/data" });

  assert.deepEqual(await resolvePath("/a/l/new/deep", look), {
    type: "missing",
    path: "/data/new/deep",
    through: ["/", "/a", "/data"],
  });
});

test("a link that leads nowhere blocks", async () => {
  const look = tree(["/a"], { "/a/l": "/gone" });

  assert.deepEqual(await resolvePath("/a/l", look), { type: "blocked", what: "a link that leads nowhere" });
});

test("links in a circle block", async () => {
  const look = tree(["/a"], { "/a/l": "m", "/a/m": "l" });

  assert.deepEqual(await resolvePath("/a/l", look), { type: "blocked", what: "a loop of links" });
});

test("a path through a file blocks", async () => {
  assert.deepEqual(await resolvePath("/a.txt/b", tree([])), {
    type: "blocked",
    what: "below /a.txt, which is not a directory",
  });
});

test("whoever writes does not follow a link that belongs to a user", async () => {
  const look = tree(["/home", "/etc"], { "/home/dir": "/etc" }, 1000);

  assert.deepEqual(await resolvePath("/home/dir/f.txt", look), {
    type: "found",
    path: "/etc/f.txt",
    through: ["/", "/home", "/etc"],
  });
  assert.deepEqual(await resolvePath("/home/dir/f.txt", look, "root"), {
    type: "blocked",
    what: "below /home/dir, a link that does not belong to root",
  });
});

test("whoever writes follows no link where others than root may have moved it, not even one of root's", async () => {
  const links: Readonly<Record<string, string>> = { "/srv/l": "/etc", "/home/u/l": "/etc", "/home/u/d/l": "/etc" };
  const open = new Set(["/home/u"]);
  const look = (path: string): Looked => {
    const target = links[path];
    if (target !== undefined) return { type: "link", target, uid: 0 };
    return { type: "directory", isGuarded: !open.has(path) };
  };

  for (const path of ["/home/u/l/f", "/home/u/d/l/f"]) {
    assert.equal((await resolvePath(path, look, "root")).type, "blocked", path);
    assert.equal((await resolvePath(path, look)).type, "found", path);
  }
  assert.equal((await resolvePath("/srv/l/f", look, "root")).type, "found");
});
