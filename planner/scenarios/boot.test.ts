// boot: which documents of which hosts go where, what fits a provider's limit, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

type Machine = ReturnType<typeof fakeMachine>;

/** Two hosts' files, as anything but the planner might have made them. */
function hostsMachine(): Machine {
  const machine = fakeMachine(smallCluster);
  machine.put("hosts/h1.yaml", "host: h1\n");
  machine.put("hosts/h2.yaml", "host: h2\n");
  machine.put("hosts/.h3.yaml.tmp", "left over");
  return machine;
}

const written = (machine: Machine): readonly string[] =>
  [...machine.files.keys()].filter((path) => path.startsWith("boot/")).toSorted();

test("one document of one host is printed, and nothing is written", async () => {
  const machine = hostsMachine();

  for (const [format, begin] of [
    ["cloud-init", /^#cloud-config\n/],
    ["ignition", /^\{"ignition":/],
    ["systemd", /^\[Unit\]\n/],
    ["quadlet", /^\[Unit\]\n/],
    ["script", /^#!\/bin\/sh\n/],
  ] as const) {
    const { code, stdout, stderr } = await machine.run("boot", "h1", "--format", format);

    assert.deepEqual([code, stderr], [0, ""], format);
    assert.match(stdout, begin);
    assert.match(stdout, /flexkube-agent:\d+\.\d+\.\d+(?: |\nExec=)run --host h1/);
  }
  assert.deepEqual(machine.writes, []);
});

test("all hosts that have a file, or those that are named, get a private directory each; again it is the same bytes", async () => {
  const machine = hostsMachine();

  const all = await machine.run("boot", "--format", "nocloud", "--out", "boot");
  const first = new Map([...machine.files].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString("latin1")]));
  const again = await machine.run("boot", "h2", "h1", "--format", "nocloud", "--out", "boot");

  assert.deepEqual([all.code, again.code, again.stdout], [0, 0, all.stdout], all.stderr + again.stderr);
  assert.deepEqual(written(machine), [
    "boot/h1/meta-data",
    "boot/h1/user-data",
    "boot/h2/meta-data",
    "boot/h2/user-data",
  ]);
  for (const path of written(machine)) {
    const { bytes, mode } = machine.files.get(path) ?? assert.fail(path);
    assert.deepEqual([Buffer.from(bytes).toString("latin1"), mode], [first.get(path), 0o600]);
  }
  assert.match(all.stdout, /^boot\/h1\/user-data: [0-9,]+ bytes$/m);
  assert.match(
    all.stdout,
    /^genisoimage -quiet -output boot\/h2\/seed.iso -volid cidata -joliet -rock boot\/h2\/user-data boot\/h2\/meta-data$/m,
  );
});

test("what another program made of a host's config is taken as it is, by a file for one host or a pattern for all", async () => {
  const machine = hostsMachine();
  const sealed = Buffer.from([0x61, 0x67, 0x65, 0, 0xff, 0x0d, 0x0a]);
  for (const host of ["h1", "h2"]) machine.files.set(`sealed/${host}.sealed`, { bytes: sealed, mode: 0o644 });

  const one = await machine.run("boot", "h1", "--format", "cloud-init", "--config", "sealed/h1.sealed");
  const all = await machine.run(..."boot --format ignition --out boot --config sealed/{host}.sealed".split(" "));

  assert.ok(one.stdout.includes(sealed.toString("base64")), one.stderr);
  assert.equal(all.code, 0, all.stderr);
  const config = machine.text("boot/h2/config.ign") ?? "";
  const source = /"source":"data:;base64,([^"]+)"/.exec(config)?.[1] ?? "";
  assert.deepEqual(gunzipSync(Buffer.from(source, "base64")), sealed);
});

test("JSON has names, sizes and digests, and the documents themselves where none are written", async () => {
  const machine = hostsMachine();
  const json = async (...args: readonly string[]) =>
    // our own output
    JSON.parse((await machine.run("boot", "--json", ...args)).stdout) as {
      readonly documents: readonly Readonly<Record<string, string | number>>[];
    };

  const { documents } = await json("--format", "cloud-init", "--gzip");
  const { documents: named } = await json("--format", "systemd", "--out", "boot");

  assert.deepEqual(
    documents.map(({ host, name }) => [host, name]),
    [
      ["h1", "user-data.gz"],
      ["h2", "user-data.gz"],
    ],
  );
  const packed = Buffer.from(String(documents[0]?.["contentBase64"]), "base64");
  assert.equal(packed.byteLength, documents[0]?.["bytes"]);
  assert.match(gunzipSync(packed).toString(), /^#cloud-config\n/);
  assert.deepEqual(
    named.map(({ file, content }) => [file, content]),
    [
      ["boot/h1/flexkube-agent.service", undefined],
      ["boot/h2/flexkube-agent.service", undefined],
    ],
  );
});

test("a document that is larger than allowed is told with its size and what would fit, and no host's is written", async () => {
  const machine = hostsMachine();
  machine.put("hosts/h2.yaml", "a: b\n".repeat(10_000));
  const said = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await machine.run("boot", "--out", "boot", ...args);
    return { code, stdout, stderr };
  };

  const plain = await said("--format", "cloud-init", "--max-bytes", "16384");
  const ignition = await said("--format", "ignition", "--max-bytes", "900");
  const tiny = await said("--format", "script", "--gzip", "--max-bytes", "100");

  assert.deepEqual([plain.code, plain.stdout, ignition.code, tiny.code, written(machine)], [65, "", 65, 65, []]);
  assert.match(
    plain.stderr,
    /^h2\/user-data: 1[0-9]{2},[0-9]{3} bytes, and at most 16,384 bytes are allowed \(--gzip makes it [0-9,]+ bytes, --gzip --base64 makes it [0-9,]+ bytes; or give/,
  );
  assert.equal(plain.stderr.split("\n").length, 2);
  assert.match(ignition.stderr, /^h1\/config.ign: .*Ignition unpacks no user-data: .*--url/);
  assert.match(tiny.stderr, /also --gzip makes it/);
  assert.equal((await said("--format", "cloud-init", "--gzip", "--max-bytes", "16384")).code, 0);
});

test("with --url what the machine is given is small, and the whole is beside it", async () => {
  const machine = hostsMachine();
  machine.put("hosts/h1.yaml", Buffer.alloc(30_000, "x").toString());
  const args = "boot h1 --format ignition --url https://boot.example.org/c1/ --max-bytes 300 --out boot".split(" ");

  const { code, stderr } = await machine.run(...args);

  assert.equal(code, 0, stderr);
  assert.deepEqual(written(machine), ["boot/h1/config.ign", "boot/h1/pointer.ign"]);
  assert.match(machine.text("boot/h1/pointer.ign") ?? "", /"source":"https:\/\/boot.example.org\/c1\/h1\/config.ign"/);
});

test("image and further options of the agent reach the unit, and what would break it is refused", async () => {
  const machine = hostsMachine();
  const unit = async (...more: readonly string[]) =>
    machine.run("boot", "h1", ...(more.includes("--format") ? [] : ["--format", "systemd"]), ...more);

  const { stdout } = await unit(
    "--image",
    "r.example.org:5000/agent@sha256:" + "a".repeat(64),
    "--agent-option=--state=de bug",
  );

  assert.match(stdout, /r\.example\.org:5000\/agent@sha256:a{64} run --host h1 '--state=de bug'"$/m);
  for (const [args, reason] of [
    [["--image", "a b"], /--image: .*an image reference/],
    [["--image", "A:1"], /--image: .*lower case/],
    [["--agent-option", "debug"], /--agent-option: debug is no option/],
    [["--agent-option=--log-level=a\nb"], /is no option/],
    [
      ["--agent-option=--log-levle=debug"],
      /--log-levle is no option of flexkube-agent run \(did you mean --log-level\?\)/,
    ],
    [["--agent-option=--help"], /--help is no option of flexkube-agent run/],
    [["--agent-option=--accept-unsealed"], /--accept-unsealed is no option of flexkube-agent run/],
    [["--agent-option=--log-level"], /--log-level needs a value/],
    [["--agent-option=--allow-older=1"], /--allow-older has no value/],
    [["--agent-option=--log-level=info", "--agent-option=--log-level=warn"], /--log-level is said twice/],
    [["--agent-option=--log-level=loud"], /--log-level is one of debug, info, warn, error, silent/],
    [["--agent-option=--signer=MCow"], /--signer is the middle line of pki\/delivery\/signer\.pub/],
    [["--format", "quadlet", "--agent-option=--socket=/s"], /--socket is said twice/],
    [["--agent-option=--host=h2"], /--host is what every document says itself/],
  ] as const) {
    const { code, stderr } = await unit(...args);
    assert.equal(code, 64, args.join(" "));
    assert.match(stderr, reason);
  }
});

test("options that do not go together, unknown formats and hosts without a file are refused by name", async () => {
  const machine = hostsMachine();
  machine.put("hosts/h9.yaml", "");
  const marked = { cluster: "demo", host: "h2", generation: 1 };
  const whole = withMark(`kind: Host\n${"#\n".repeat(99)}`, marked);
  machine.put("hosts/h2.yaml", whole);
  machine.put("cut.yaml", whole.slice(0, 200));
  for (const [args, code, reason] of [
    ["h1", 64, /--format: it is missing; known are cloud-init, ignition/],
    ["h1 --format cloudinit", 64, /cloudinit: unknown format \(did you mean cloud-init\?\)/],
    ["--format script", 64, /--out: say where the documents of several hosts go/],
    ["h1 --format nocloud", 64, /--out: say where its two files go/],
    ["h1 --format cloud-init --gzip", 64, /--base64/],
    ["h1 --format cloud-init --base64", 64, /--base64: it is for what --gzip makes/],
    ["h1 --format nocloud --gzip --base64 --out o", 64, /does not decode a seed/],
    ["h1 --format ignition --gzip", 64, /--gzip: nothing unpacks/],
    ["h1 --format script --url https://a", 64, /--url: it is for the format ignition/],
    ["h1 --format ignition --url ftp://a --out o", 64, /not a URL/],
    ["h1 --format ignition --url https://a/?b --out o", 64, /not a URL/],
    ["h1 --format ignition --url https://[/b --out o", 64, /not a URL/],
    ["h1 --format script --config hosts/h2.yaml", 65, /hosts\/h2\.yaml: it is the host config of h2, and not of h1/],
    ["h1 --format script --config cut.yaml", 65, /cut\.yaml: the file ends after 200 of [0-9,]+ bytes: copy it again/],
    ["h1 --format script --max-bytes 16KB", 64, /16KB is no number/],
    ["../x --format script", 64, /\.\.\/x: not the name of a host/],
    ["h1 h2 --format script --config f --out o", 64, /one file is of one HOST/],
    ["h4 --format script", 65, /hosts\/h4\.yaml: it is not there; run flexkube-planner split first/],
    ["h9 --format script", 65, /hosts\/h9\.yaml: it is empty/],
    [
      "--format script --out o --config none/{host}.yaml",
      65,
      /there is no host config; run flexkube-planner split first/,
    ],
  ] as const) {
    const run = await machine.run("boot", ...args.split(" "));
    assert.deepEqual([run.code, run.stdout], [code, ""], args);
    assert.match(run.stderr, reason);
  }
  assert.deepEqual(machine.writes, []);
});
