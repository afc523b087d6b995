// "Any container with files": what each field becomes, and what a change of it touches.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { expand } from "#shared/expand/expand.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { type HostConfigInput, hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import {
  testCa,
  testCaExpires,
  testPeerCertificate,
  testPeerExpires,
} from "#shared/expand/testing/test-certificates.ts";

type ContainerInput = NonNullable<HostConfigInput["containers"]>[string];
type FileInput = NonNullable<ContainerInput["files"]>[number];

const secrets = {
  password: "correct horse",
  other: "battery staple",
  ca: testCa,
  bundle: testCa + testPeerCertificate,
};

function container(
  overrides: Partial<ContainerInput> = {},
  hostOverrides: Partial<HostConfigInput> = {},
): DesiredContainer {
  const config = hostConfig({ secrets, containers: { web: { image: "web:1", ...overrides } }, ...hostOverrides });
  const found = expand(config).containers.find(({ name }) => name === "web");
  assert.ok(found);
  return found;
}

function withFile(file: Partial<FileInput>): DesiredContainer {
  const content = file.secret === undefined ? { content: "a" } : {};
  return container({ files: [{ path: "web.conf", ...content, ...file }] });
}

const spec = ["digest", "spec", "specHash"];

const changes: readonly (readonly [sentence: string, change: Partial<ContainerInput>, touched: readonly string[]])[] = [
  ["nothing", {}, []],
  ["the image", { image: "web:2" }, spec],
  ["the entrypoint", { entrypoint: ["/web"] }, spec],
  ["an argument", { args: ["--verbose"] }, spec],
  ["the environment", { env: { LANG: "C" } }, spec],
  ["a label", { labels: { team: "web" } }, spec],
  ["the user", { user: "1000" }, spec],
  ["the host name", { hostname: "web" }, spec],
  ["the working directory", { workingDirectory: "/srv" }, spec],
  ["the network", { networkMode: "host" }, spec],
  ["process ids of the host", { pidMode: "host" }, spec],
  ["the ipc mode", { ipcMode: "private" }, spec],
  ["privileges", { privileged: true }, spec],
  ["a read-only root", { readOnlyRoot: true }, spec],
  ["no new privileges", { noNewPrivileges: true }, spec],
  ["an added capability", { capabilities: { add: ["NET_ADMIN"] } }, spec],
  ["a dropped capability", { capabilities: { drop: ["ALL"] } }, spec],
  ["a device", { devices: [{ host: "/dev/fuse", container: "/dev/fuse" }] }, spec],
  ["a mount", { mounts: [{ source: "/srv", target: "/srv" }] }, spec],
  ["a mount that is made", { mounts: [{ source: "/srv", target: "/srv", create: {} }] }, ["dataDirectories", ...spec]],
  ["a tmpfs", { tmpfs: { "/run": "size=1m" } }, spec],
  ["a published port", { ports: [{ hostPort: 80, containerPort: 8080 }] }, ["claims", ...spec]],
  ["a limit", { ulimits: [{ name: "nofile", soft: 1024, hard: 4096 }] }, spec],
  ["a sysctl", { sysctls: { "net.core.somaxconn": "1024" } }, spec],
  ["the log", { log: { options: { "max-size": "1m" } } }, spec],
  ["the stop signal", { stopSignal: "QUIT" }, spec],
  ["the stop timeout", { stopTimeout: "1m" }, spec],
  ["the restart policy", { restart: "always" }, ["restart"]],
  ["resources", { resources: { memoryBytes: 67108864 } }, ["resources"]],
  ["the probe", { probe: { tcp: { port: 80 } } }, ["probe"]],
  ["the check", { check: ["-t"] }, ["check"]],
  ["a mount point for files it does not have", { filesAt: "/files", liveFilesAt: "/live" }, []],
];

for (const [sentence, change, touched] of changes)
  test(`changing ${sentence} touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(container(), container(change)), touched.toSorted());
  });

const sealedChange = ["digest", "sealed", "spec", "specHash"];
const liveChange = ["digest", "live"];
const absolute = { path: "/etc/motd" };

const fileChanges: readonly (readonly [
  sentence: string,
  before: Partial<FileInput>,
  after: Partial<FileInput>,
  touched: readonly string[],
])[] = [
  ["content of a sealed file", {}, { content: "b" }, sealedChange],
  ["mode of a sealed file", {}, { mode: "0640" }, sealedChange],
  ["owner of a sealed file", {}, { uid: 1000 }, sealedChange],
  ["group of a sealed file", {}, { gid: 1000 }, sealedChange],
  ["path of a sealed file", {}, { path: "a/web.conf" }, sealedChange],
  ["secret of a sealed file", { secret: "password" }, { secret: "other" }, sealedChange],
  ["take-over of a sealed file", {}, { takeOver: true }, []],
  ["content of a live file", { effect: "none" }, { effect: "none", content: "b" }, liveChange],
  ["content of a signalled file", { effect: "signal" }, { effect: "signal", content: "b" }, liveChange],
  ["signal of a file", { effect: "signal" }, { effect: "signal", signal: "USR2" }, liveChange],
  ["content of a restarting file", { effect: "restart" }, { effect: "restart", content: "b" }, liveChange],
  ["effect of a live file", { effect: "none" }, { effect: "restart" }, liveChange],
  ["group of a live file", { effect: "none" }, { effect: "none", gid: 1000 }, liveChange],
  ["a live file's last reader", { effect: "none" }, { effect: "none", mode: "0600" }, ["liveDirectory", ...liveChange]],
  ["content of a file of the host", absolute, { ...absolute, content: "b" }, liveChange],
  ["take-over of a file of the host", absolute, { ...absolute, takeOver: true }, ["live"]],
  ["sealed to live", {}, { effect: "none" }, ["digest", "live", "liveDirectory", "sealed", "spec", "specHash"]],
];

for (const [sentence, before, after, touched] of fileChanges)
  test(`changing the ${sentence} touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(withFile(before), withFile(after)), touched.toSorted());
  });

test("lists that are sets have no order", () => {
  const lists = {
    mounts: [
      { source: "/b", target: "/b", create: {} },
      { source: "/a", target: "/a", create: {} },
    ],
    ports: [
      { hostPort: 81, containerPort: 81 },
      { hostPort: 80, containerPort: 80 },
    ],
    capabilities: { add: ["SYS_TIME", "NET_ADMIN"], drop: ["KILL", "CHOWN"] },
    devices: [
      { host: "/dev/b", container: "/dev/b" },
      { host: "/dev/a", container: "/dev/a" },
    ],
    ulimits: [
      { name: "nproc", soft: 1, hard: 1 },
      { name: "nofile", soft: 1, hard: 1 },
    ],
    files: ["b", "a", "c/d"].flatMap((path) => [
      { path, content: path },
      { path: `live-${path}`, content: path, effect: "none" as const },
    ]),
  };
  const { capabilities } = lists;
  const reversed = {
    ...Object.fromEntries(
      Object.entries(lists).flatMap(([key, list]) => (Array.isArray(list) ? [[key, list.toReversed()]] : [])),
    ),
    capabilities: { add: capabilities.add.toReversed(), drop: capabilities.drop.toReversed() },
  };

  assert.equal(JSON.stringify(container(lists)), JSON.stringify(container(reversed)));
});

test("the order of arguments counts", () => {
  assert.notEqual(container({ args: ["a", "b"] }).specHash, container({ args: ["b", "a"] }).specHash);
});

test("sealed files lie in a directory named by what is in it, which is mounted read-only", () => {
  const { sealed, spec: made } = withFile({ path: "conf.d/sites/a.conf" });

  assert.match(sealed?.path ?? "", /^\/etc\/kubernetes\/web\/[0-9a-f]{32}$/);
  assert.deepEqual(
    sealed?.subdirectories.map(({ path }) => path),
    [`${sealed?.path}/conf.d`, `${sealed?.path}/conf.d/sites`],
  );
  assert.deepEqual(
    sealed?.files.map(({ path }) => path),
    [`${sealed?.path}/conf.d/sites/a.conf`],
  );
  assert.deepEqual(made.mounts, [
    { source: sealed?.path, target: "/etc/flexkube/files", readOnly: true, propagation: "rprivate" },
  ]);
});

test("live files with relative paths lie in the live directory, which is mounted read-only", () => {
  const made = withFile({ effect: "signal", signal: "SIGUSR2" });

  assert.deepEqual(made.liveDirectory, { path: "/etc/kubernetes/web/live", mode: 0o755, uid: 0, gid: 0 });
  assert.deepEqual(
    made.live.map(({ path, effect, signal, ownDirectory }) => ({ path, effect, signal, ownDirectory })),
    [{ path: "/etc/kubernetes/web/live/web.conf", effect: "signal", signal: "USR2", ownDirectory: true }],
  );
  assert.deepEqual(
    made.spec.mounts.map(({ source, target, readOnly }) => ({ source, target, readOnly })),
    [{ source: "/etc/kubernetes/web/live", target: "/etc/flexkube/live", readOnly: true }],
  );
});

test("a file at a path of the host is live, has no effect unless told, and is not mounted", () => {
  const made = withFile({ path: "/etc/motd", takeOver: true });

  assert.deepEqual(
    made.live.map(({ path, effect, takeOver, ownDirectory }) => ({ path, effect, takeOver, ownDirectory })),
    [{ path: "/etc/motd", effect: "none", takeOver: true, ownDirectory: false }],
  );
  assert.equal(made.liveDirectory, undefined);
  assert.deepEqual(made.spec.mounts, []);
});

test("content is 0644, a secret is 0600, HUP is the signal, unless told otherwise", () => {
  const [config, password, signalled] = container({
    files: [
      { path: "/a/config", content: "a" },
      { path: "/b/password", secret: "password" },
      { path: "/c/signalled", content: "a", mode: "0400", effect: "signal" },
    ],
  }).live;

  assert.deepEqual([config?.mode, password?.mode, signalled?.mode], [0o644, 0o600, 0o400]);
  assert.deepEqual([config?.signal, signalled?.signal], [undefined, "HUP"]);
});

test("a secret's content never prints, and the digest key changes digests and the directory's name", () => {
  const file = { files: [{ path: "password", secret: "password" }] };

  const plain = container(file);
  const keyed = container(file, { secrets: { ...secrets, "hash-key": "0123456789abcdef" } });

  assert.doesNotMatch(JSON.stringify(plain), /correct horse/);
  assert.match(JSON.stringify(plain), /"content":"\[secret\]"/);
  assert.notEqual(keyed.sealed?.files[0]?.digest, plain.sealed?.files[0]?.digest);
  assert.notEqual(keyed.sealed?.path, plain.sealed?.path);
});

test("check arguments name the place where live files are mounted", () => {
  const { check } = container({ check: ["-t", "-c", "{files}/web.conf"], liveFilesAt: "/etc/web" });

  assert.deepEqual(check, ["-t", "-c", "/etc/web/web.conf"]);
});

test("the CA of a probe is its text", () => {
  const { probe } = container({ probe: { http: { scheme: "https", port: 443, path: "/healthz", ca: "ca" } } });

  assert.equal(probe.http?.ca, testCa);
});

test("published ports are claims", () => {
  const { claims } = container({
    ports: [
      { hostPort: 80, containerPort: 8080 },
      { address: "fd00::1", hostPort: 53, containerPort: 53, protocol: "udp" },
    ],
  });

  assert.deepEqual(claims, ["tcp/0.0.0.0:80", "udp/[fd00::1]:53"]);
});

test("mount sources are made when the config says so, with its mode and owner", () => {
  const { dataDirectories, spec: made } = container({
    mounts: [
      { source: "/var/lib/web", target: "/data", create: { mode: "0700", uid: 5, gid: 6 } },
      { source: "/srv", target: "/srv", readOnly: true },
    ],
  });

  assert.deepEqual(dataDirectories, [{ path: "/var/lib/web", mode: 0o700, uid: 5, gid: 6 }]);
  assert.deepEqual(made.mounts, [
    { source: "/var/lib/web", target: "/data", readOnly: false, propagation: "rprivate" },
    { source: "/srv", target: "/srv", readOnly: true, propagation: "rprivate" },
  ]);
});

const options: readonly (readonly [sentence: string, change: Partial<ContainerInput>, wanted: readonly string[]])[] = [
  ["without host files", {}, []],
  ["with a mount", { mounts: [{ source: "/srv", target: "/srv" }] }, ["label=disable"]],
  ["with a sealed file", { files: [{ path: "a", content: "a" }] }, ["label=disable"]],
  ["with no new privileges", { noNewPrivileges: true }, ["no-new-privileges"]],
  [
    "with both",
    { noNewPrivileges: true, files: [{ path: "a", content: "a", effect: "none" }] },
    ["label=disable", "no-new-privileges"],
  ],
];

for (const [sentence, change, wanted] of options)
  test(`security options of a container ${sentence}: ${wanted.join(", ") || "none"}`, () => {
    assert.deepEqual(container(change).spec.securityOptions, wanted);
  });

test("containers that share the host's namespaces use its user namespace", () => {
  const modes = [{}, { networkMode: "host" }, { pidMode: "host" }, { privileged: true }] as const;

  assert.deepEqual(
    modes.map((mode) => container(mode).spec.usernsMode),
    [undefined, "host", "host", "host"],
  );
});

test("the first end of validity among all certificates of the files is reported", () => {
  const bundle = { path: "bundle.pem", secret: "bundle" };

  assert.equal(container().certificatesExpire, undefined);
  assert.equal(container({ files: [{ path: "ca.pem", content: testCa }] }).certificatesExpire, testCaExpires);
  assert.equal(container({ files: [{ path: "ca.pem", content: testCa }, bundle] }).certificatesExpire, testPeerExpires);
});

test("what only looks like a certificate has no end", () => {
  const content = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  assert.equal(container({ files: [{ path: "ca.pem", content }] }).certificatesExpire, undefined);
});

test("a stop timeout below a second is rounded up", () => {
  assert.equal(container({ stopTimeout: "1500ms" }).spec.stopTimeoutSeconds, 2);
});
