// The command `backup` on a host in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeMember, hourMs, ruleOf } from "#agent/testing/fake-member.ts";
import { agentOutputs } from "#agent/output/outputs.ts";
import { checkOutput } from "#shared/output/testing/check-output.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { runBackup } from "./backup.ts";
import { parseOptions } from "./options.ts";

function prepared() {
  const clock = new FakeClock({ auto: true });
  const host = new FakeMember(ruleOf("h1", ["h1"]));
  const run = async (...args: readonly string[]) => {
    const printed: string[] = [];
    const written: Buffer[] = [];
    const options = parseOptions(["backup", ...args], {});
    const code = await runBackup(host.rule, options, {
      backupHost: () => host,
      clock,
      signal: new AbortController().signal,
      print: (text) => printed.push(text),
      writeBytes: async (bytes) => Promise.resolve(void written.push(Buffer.from(bytes))),
    }).catch((error: unknown) => {
      if (isFlexkubeError(error)) return `${error.code} ${JSON.stringify(error.details)}`;
      throw error;
    });
    return { code, text: printed.join(""), bytes: Buffer.concat(written) };
  };
  const take = async (revision: number) => {
    await clock.sleep(hourMs);
    host.state = { ...host.state, revision };
    return run("take");
  };
  return { host, run, take };
}

test("take makes one whether it is due or not, and prints it; list has them, the newest first", async () => {
  const { run, take } = prepared();
  assert.equal((await run("list")).text, "");

  const first = await take(1);
  const second = await take(2);

  assert.match(second.text, /^demo-h1-c1-2-\d{8}T\d{6}Z\.db {2}4128 {2}[0-9a-f]{64}\n$/);
  assert.equal((await run("list")).text, second.text + first.text);
  const { text } = await run("list", "--json");
  checkOutput(agentOutputs, "backup", text);
  const json: unknown = JSON.parse(text);
  assert.partialDeepStrictEqual(json, {
    directory: "/var/lib/flexkube-backup",
    damaged: [],
    backups: [{ revision: 2 }, { revision: 1 }],
  });
});

test("get writes the newest, or the one that is named, as it is; a damaged one ends with an error", async () => {
  const { host, run, take } = prepared();
  assert.match(String((await run("get")).code), /^FILES_UNREADABLE .*there is none yet/);
  const [older = ""] = (await take(1)).text.split(" ");
  const [newest = ""] = (await take(2)).text.split(" ");

  assert.deepEqual(await run("get"), { code: 0, text: "", bytes: host.disk.content(newest) });
  assert.deepEqual((await run("get", older)).bytes, host.disk.content(older));
  assert.match(String((await run("get", "x")).code), /^FILES_UNREADABLE .*there are demo-h1-c1-2-/);

  host.disk.content(newest).writeUInt8(1, 7);
  assert.match(String((await run("get")).code), /^FILES_UNREADABLE .*SHA-256 is not that of its record/);
});

test("check finds what is damaged, and list goes on naming it", async () => {
  const { host, run, take } = prepared();
  const [older = ""] = (await take(1)).text.split(" ");
  await take(2);
  assert.equal((await run("check")).code, 0);
  assert.equal(host.restored.length, 1);

  host.disk.content(older).writeUInt8(1, 7);
  assert.match(String((await run("check")).code), /^STEP_FAILED .*is damaged/);

  const { code, text } = await run("list");
  assert.deepEqual([code, text.split("\n").at(-2)], [73, `${older}.damaged: damaged`]);
});

test("without a rule it says what to say, and words that are none are refused", async () => {
  const about = { backupHost: () => assert.fail(), clock: new FakeClock(), signal: new AbortController().signal };
  const output = { print: () => undefined, writeBytes: async () => Promise.resolve() };
  await assert.rejects(
    runBackup(undefined, parseOptions(["backup", "list"], {}), { ...about, ...output }),
    (error) => isFlexkubeError(error, "CONFIG_UNREADABLE") && error.details.reason.includes("say etcd.backup"),
  );
  for (const wrong of [["backup"], ["backup", "tkae"], ["backup", "list", "x"], ["backup", "get", "a", "b"]])
    assert.throws(() => parseOptions(wrong, {}), /the arguments are not understood/);
  assert.equal(parseOptions(["backup", "--help"], {}).help, true);
});
