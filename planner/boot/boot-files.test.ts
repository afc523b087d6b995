// Each format: what it holds, that it is read back as what went in, and that it is the same each time.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { parse } from "yaml";
import { agentUnit } from "./agent-unit.ts";
import type { BootFile, BootFormat, BootWish } from "./boot-files.ts";
import { bootFiles, bootFormats } from "./boot-files.ts";
import { hostConfigPath } from "./host-paths.ts";
import { linesOf } from "./payload.ts";

const agent = { image: "flexkube-agent:0.1.0", options: [] };
const payload = Buffer.from("# Host h1\napiVersion: flexkube.io/v1\nkey: |\n  ---\n  ä: \"x\" # 'y'\n");
const unit = agentUnit({ ...agent, host: "h1" });

type CloudConfig = {
  readonly bootcmd: readonly (readonly string[])[];
  readonly write_files: readonly Readonly<Record<"path" | "permissions" | "owner" | "content" | "encoding", string>>[];
  readonly runcmd: readonly (readonly string[])[];
};

function made(format: BootFormat, more: Partial<BootWish> = {}, bytes: Uint8Array = payload): readonly BootFile[] {
  return bootFiles(
    { name: "h1", files: [{ path: hostConfigPath, bytes }] },
    { format, agent, packing: "none", ...more },
  );
}

function textOf(files: readonly BootFile[], name: string): string {
  const found = files.find((file) => file.name === name);
  assert.ok(found, name);
  return Buffer.from(found.bytes).toString();
}

/** YAML 1.1, as cloud-init reads it. */
function cloudConfigOf(text: string): CloudConfig {
  assert.ok(text.startsWith("#cloud-config\n"));
  return parse(text, { version: "1.1" }) as CloudConfig;
}

test("a cloud-config makes the directories private before it writes, and writes both files with quoted modes", () => {
  const text = textOf(made("cloud-init"), "user-data");
  const { bootcmd, write_files: files, runcmd } = cloudConfigOf(text);

  assert.deepEqual(bootcmd, [
    ["mkdir", "-p", "/etc/flexkube", "/var/lib/flexkube"],
    ["chmod", "0700", "/etc/flexkube", "/var/lib/flexkube"],
  ]);
  assert.deepEqual(files, [
    { path: "/etc/flexkube/host.yaml", owner: "root:root", permissions: "0600", content: payload.toString() },
    { path: "/etc/systemd/system/flexkube-agent.service", owner: "root:root", permissions: "0644", content: unit },
  ]);
  assert.deepEqual(runcmd, [
    ["systemctl", "daemon-reload"],
    ["systemctl", "enable", "--now", "--no-block", "flexkube-agent.service"],
  ]);
});

test("a seed of NoCloud has the same cloud-config, under one name packed or not, and an instance that never changes", () => {
  const seed = made("nocloud");

  assert.equal(textOf(seed, "user-data"), textOf(made("cloud-init"), "user-data"));
  assert.equal(textOf(seed, "meta-data"), "instance-id: flexkube-h1\nlocal-hostname: h1\n");
  assert.deepEqual(
    made("nocloud", { packing: "gzip" }).map(({ name }) => name),
    ["user-data", "meta-data"],
  );
  assert.equal(textOf(made("nocloud", {}, Buffer.from("other\n")), "meta-data"), textOf(seed, "meta-data"));
});

test("Ignition's config has private directories, the packed file and the unit", () => {
  const config: unknown = JSON.parse(textOf(made("ignition"), "config.ign"));

  const source = /"source":"data:;base64,([^"]+)"/.exec(JSON.stringify(config))?.[1] ?? "";
  assert.deepEqual(gunzipSync(Buffer.from(source, "base64")), payload);
  assert.deepEqual(config, {
    ignition: { version: "3.1.0" },
    storage: {
      directories: [
        { path: "/etc/flexkube", mode: 448 },
        { path: "/var/lib/flexkube", mode: 448 },
      ],
      files: [
        {
          path: "/etc/flexkube/host.yaml",
          mode: 384,
          overwrite: true,
          contents: { compression: "gzip", source: `data:;base64,${source}` },
        },
      ],
    },
    systemd: { units: [{ name: "flexkube-agent.service", enabled: true, contents: unit }] },
  });
});

test("a pointer names the whole config at its URL with the digest of the very bytes", () => {
  const files = made("ignition", { url: "https://boot.example.org/c1" });

  const [pointer, whole] = files;
  assert.deepEqual(
    files.map(({ name, isGiven }) => [name, isGiven]),
    [
      ["pointer.ign", true],
      ["config.ign", false],
    ],
  );
  assert.deepEqual(whole?.bytes, made("ignition")[0]?.bytes);
  const hash = `sha512-${createHash("sha512")
    .update(whole?.bytes ?? "")
    .digest("hex")}`;
  assert.deepEqual(JSON.parse(Buffer.from(pointer?.bytes ?? []).toString()), {
    ignition: {
      version: "3.1.0",
      config: { replace: { source: "https://boot.example.org/c1/h1/config.ign", verification: { hash } } },
    },
  });
});

test("the unit alone has nothing of the host config", () => {
  assert.equal(textOf(made("systemd"), "flexkube-agent.service"), unit);
  assert.match(textOf(made("quadlet"), "flexkube-agent.container"), /^Exec=run --host h1$/m);
});

test("packed documents are what was packed, as bytes and as text", () => {
  for (const format of ["cloud-init", "nocloud", "script"] as const) {
    const plain = made(format)[0];
    const [gzip, base64] = (["gzip", "gzip-base64"] as const).map((packing) => made(format, { packing })[0]);

    assert.deepEqual(gunzipSync(gzip?.bytes ?? new Uint8Array()), plain?.bytes);
    assert.deepEqual(
      Buffer.from(Buffer.from(base64?.bytes ?? []).toString(), "base64"),
      Buffer.from(gzip?.bytes ?? []),
    );
  }
});

test("every payload, of whatever bytes, comes out of a cloud-config as it went in", () => {
  const odd = fc.string({ unit: fc.constantFrom(...Array.from("ab: -#|>\"'\\\t\n%é\u2028\u0085\uFEFF\r\0😀")) });
  const text = odd.map((each) => Buffer.from(each));
  const lines = odd.map((each) => Buffer.from(`${each}\n`));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), text, lines), (bytes) => {
      const [file] = cloudConfigOf(textOf(made("cloud-init", {}, bytes), "user-data")).write_files;
      const encoding = file?.encoding === undefined ? "utf8" : "base64";

      assert.deepEqual(Buffer.from(file?.content ?? "", encoding), Buffer.from(bytes));
    }),
  );
});

test("the same input makes the same bytes, and none of the packing says where or when", () => {
  for (const format of bootFormats) {
    const [first, second] = [made(format, { packing: "gzip" }), made(format, { packing: "gzip" })];
    assert.deepEqual(first, second);
  }
  const packed = made("cloud-init", { packing: "gzip" })[0]?.bytes.subarray(0, 10);
  assert.deepEqual([...(packed ?? [])], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
});

test("only lines that nothing on the way changes travel as text", () => {
  for (const plain of ["a: b\n", "ä😀\n\n  x\t\n", "---\n"]) assert.equal(linesOf(Buffer.from(plain)), plain);
  for (const odd of ["", "no end", "a\r\n", "a\0\n", "\u2028\n", "a\u0085\n", "\uFEFFa\n", "\u001b[0m\n", "\uFFFF\n"])
    assert.equal(linesOf(Buffer.from(odd)), undefined, JSON.stringify(odd));
  assert.equal(linesOf(Buffer.from([0xff, 0x0a])), undefined);
});
