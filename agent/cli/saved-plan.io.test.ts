// `plan --save` and `apply --plan` as commands, with a file on a disk.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { runAgent } from "./command-line.ts";

type Ran = { readonly code: number; readonly out: string; readonly errors: string };
type Host = {
  readonly root: string;
  readonly file: string;
  readonly engine: FakeEngine;
  readonly give: (image: string, generation: number, host?: string) => void;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** Calls since the last question that change something; without the host's root mounted a look makes some, to read its files. */
  readonly changes: () => readonly string[];
};

const document = (image: string, generation: number, host: string): string =>
  `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: ${host}\ngeneration: ${generation}\n` +
  `containers:\n  web: {image: "${image}", restart: always, probe: {settle: 1s, deadline: 5s}, env: {WORD: s3cr3t-w0rd}}\n`;

function createHost(context: TestContext): Host {
  const root = temporaryRoot(context);
  const [state, config, file] = [join(root, "state"), join(root, "host.yaml"), join(root, "plan.json")];
  mkdirSync(state, { mode: 0o700 });
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  for (const image of ["web:1", "web:2", "agent:1"]) engine.program(image, () => ({}));
  const run: Host["run"] = async (...args) => {
    const [out, errors]: [string[], string[]] = [[], []];
    const print = (text: string): void => void out.push(text);
    const printError = (text: string): void => void errors.push(text);
    const environment = commandEnvironment({ clock, engine, print, printError });
    const places = ["--state", state, "--config", config, "--host-root", join(root, "nowhere"), "--image", "agent:1"];
    const code = await runAgent([...args, ...places], environment);
    return { code, out: out.join(""), errors: errors.join("") };
  };
  let asked = 0;
  return {
    root,
    file,
    engine,
    give: (image, generation, host = "h1") => writeFileSync(config, document(image, generation, host)),
    run,
    changes: () => {
      const since = engine.calls.slice(asked);
      asked = engine.calls.length;
      return since.filter(({ mutating }) => mutating).map(({ method }) => method);
    },
  };
}

/** Runs `web:1`, and the plan to `web:2` is saved. */
async function planned(context: TestContext): Promise<Host & { readonly printed: string }> {
  const host = createHost(context);
  host.give("web:1", 1);
  assert.equal((await host.run("apply")).code, 0);
  host.give("web:2", 2);
  const { code, out, errors } = await host.run("plan", "--save", host.file);
  assert.equal(code, 2, errors);
  assert.equal(errors, `saved: flexkube-agent apply --plan ${host.file} does exactly this, or nothing\n`);
  return { ...host, printed: out };
}

/** What a look calls. */
async function looks(host: Host): Promise<readonly string[]> {
  host.changes();
  await host.run("plan");
  return host.changes();
}

const web = ({ engine }: Host): string | undefined => engine.containers.find(({ name }) => name === "web")?.image;

test("what plan --save printed is what apply --plan prints and does; the file is root's alone and without a secret", async (context) => {
  const host = await planned(context);
  const text = readFileSync(host.file, "utf8");

  const { code, out } = await host.run("apply", "--plan", host.file);

  assert.deepEqual([code, out], [0, `${host.printed}changed\n`]);
  assert.equal(web(host), "web:2");
  assert.equal(statSync(host.file).mode & 0o777, 0o600);
  assert.doesNotMatch(text, /s3cr3t/);
});

test("when the host is not as it was, apply --plan makes no call that changes anything and ends with 2", async (context) => {
  const host = await planned(context);
  await host.engine.stop("web", 1);
  const looked = await looks(host);

  const told = await host.run("apply", "--plan", host.file);
  const called = host.changes();
  const asData = await host.run("apply", "--plan", host.file, "--json");

  assert.deepEqual([told.code, told.out, called, asData.code, host.changes()], [2, "", looked, 2, looked]);
  assert.match(told.errors, /\(PLAN_OUTDATED\)\n  web: container web: was [0-9a-z-]+, running, is [^\n]*exited/);
  const { differences } = JSON.parse(asData.out) as { readonly differences: readonly object[] };
  assert.deepEqual(Object.keys(differences[0] ?? {}), ["component", "what", "was", "is"]);
  assert.equal(web(host), "web:1");
});

test("a refused plan leaves a reset host reset, and keeps nothing of the host config", async (context) => {
  const host = await planned(context);
  await host.run("reset");
  const looked = await looks(host);

  const { code } = await host.run("apply", "--plan", host.file);

  assert.deepEqual([code, host.changes()], [2, looked]);
  assert.match((await host.run("status")).out, /reset/);
});

test("an apply that could not begin, because another agent is at work, leaves a reset host reset", async (context) => {
  const host = createHost(context);
  host.give("web:1", 1);
  await host.run("apply");
  await host.run("reset");
  const since = /was reset at (\S+)/.exec((await host.run("status")).out)?.[1];
  const spec = plainSpec({ image: "web:1" });
  const id = await host.engine.create({ name: "flexkube-lock", spec, labels: {}, restart: "no", resources: {} });

  assert.equal((await host.run("apply", "--lock-timeout", "0s")).code, 75);
  assert.match((await host.run("status")).out, new RegExp(`was reset at ${since ?? "-"} `));

  await host.engine.remove(id);
  assert.equal((await host.run("apply")).code, 0);
  assert.doesNotMatch((await host.run("status")).out, /reset/);
});

/** What is wrong with the file, what is done to it, and how it is told. */
const wrong: Readonly<
  Record<string, readonly [spoil: (host: Host, text: string) => void, code: number, told: RegExp]>
> = {
  "is not there": [({ file }) => writeFileSync(`${file}.other`, ""), 73, /FILES_UNREADABLE/],
  "was cut": [({ file }, text) => writeFileSync(file, text.slice(0, -40)), 65, /PLAN_DAMAGED/],
  "was edited": [
    ({ file }, text) => writeFileSync(file, text.replace("web:2", "web:3")),
    65,
    /PLAN_DAMAGED[^]*changed since it was saved[^]*plan --save FILE/,
  ],
  "is of another version of the agent": [
    ({ file }, text) => writeFileSync(file, text.replace(/"agentVersion": "[^"]*"/, '"agentVersion": "0.0.1"')),
    65,
    /PLAN_OTHER_VERSION[^]*of version 0\.0\.1/,
  ],
  "is of another generation": [
    (host) => host.give("web:2", 3),
    65,
    /PLAN_OTHER_CONFIG[^]*of generation 2[^]*generation 3/,
  ],
  "never ends": [
    ({ file, root }) => {
      writeFileSync(join(root, "x"), "");
      writeFileSync(file, Buffer.alloc(8 * 1024 * 1024 + 1, " "));
    },
    73,
    /larger than/,
  ],
};

describe("a file with which nothing is done", () => {
  for (const [what, [spoil, code, told]] of Object.entries(wrong))
    test(`one that ${what}`, async (context) => {
      const host = await planned(context);
      host.changes();
      const text = readFileSync(host.file, "utf8");
      spoil(host, text);

      const ran = await host.run("apply", "--plan", what === "is not there" ? `${host.file}.none` : host.file);

      assert.deepEqual([ran.code, host.changes(), web(host)], [code, [], "web:1"], ran.errors);
      assert.match(ran.errors, told);
    });
});

test("what cannot be saved is told with 73, and a link in the way is replaced, not written through", async (context) => {
  const host = await planned(context);
  const victim = join(host.root, "victim");
  writeFileSync(victim, "mine");
  symlinkSync(victim, join(host.root, "link.json"));

  const nowhere = await host.run("plan", "--save", join(host.root, "no", "such", "plan.json"));
  const link = await host.run("plan", "--save", join(host.root, "link.json"));

  assert.equal(nowhere.code, 73);
  assert.match(nowhere.errors, /the plan cannot be saved/);
  assert.deepEqual([link.code, readFileSync(victim, "utf8")], [2, "mine"]);
});

test("a plan is saved over an older one, and over no other file and no FIFO", async (context) => {
  const host = await planned(context);
  const [other, fifo] = [join(host.root, "other"), join(host.root, "fifo")];
  writeFileSync(other, "kind: Host\n");
  execFileSync("mkfifo", [fifo]);

  assert.equal((await host.run("plan", "--save", host.file)).code, 2);
  for (const [file, told] of [
    [other, /the plan cannot be saved[^]*another file is there: take it away/],
    [fifo, /the plan cannot be saved[^]*it is a FIFO; only a regular file is replaced/],
  ] as const) {
    const { code, errors } = await host.run("plan", "--save", file);
    assert.equal(code, 73);
    assert.match(errors, told);
  }
  assert.equal(readFileSync(other, "utf8"), "kind: Host\n");
  assert.ok(lstatSync(fifo).isFIFO());
});

test("a plan for another host config than the given one is not saved", async (context) => {
  const host = createHost(context);
  host.give("web:1", 2);
  await host.run("apply");
  host.give("web:2", 1);

  const { code, errors } = await host.run("plan", "--save", host.file);

  assert.equal(code, 65);
  assert.match(errors, /not saved: the plan is not for the given host config/);
  assert.match((await host.run("apply", "--plan", host.file)).errors, /FILES_UNREADABLE/);
});
