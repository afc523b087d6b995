// A control-plane host whose host config comes late after a restore: its API server and its member of the former etcd run on, as nobody told
// them to stop. What that server answers, beside one that was started for the restored cluster. Processes of this machine; no host.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { eventually } from "#lab/eventually.ts";
import { freePort } from "#lab/free-port.ts";
import { labImages } from "#lab/images.ts";
import { programOf } from "#lab/program.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const deadlineMs = 120_000;
const requestMs = 5000;
/** Revisions of a restored cluster are above it, as the agent restores. */
const bump = 1_000_000_000;
const configMaps = "/api/v1/namespaces/default/configmaps";

type Answer = { readonly status: number; readonly body: string };
type ConfigMapList = {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
  readonly metadata: { readonly resourceVersion: string };
};
type Listed = { readonly names: readonly string[]; readonly revision: number };
type MemberName = "m1" | "m2";
type Server = {
  readonly list: (query?: string) => Promise<Listed>;
  readonly create: (name: string) => Promise<void>;
  readonly watch: (revision: number) => Promise<Answer>;
  readonly stop: () => Promise<void>;
};

async function world(context: TestContext) {
  const directory = temporaryRoot(context);
  const images = await labImages("kube-apiserver", "etcd37");
  const program = async (name: string): Promise<string> =>
    programOf(images[name === "kube-apiserver" ? name : "etcd37"], `usr/local/bin/${name}`, directory);
  const [apiserver, etcd] = [await program("kube-apiserver"), await program("etcd")];
  const [etcdctl, etcdutl] = [await program("etcdctl"), await program("etcdutl")];
  const members = { m1: await urls(), m2: await urls() };
  const initial = (name: MemberName, all: readonly MemberName[]): readonly string[] => [
    `--name=${name}`,
    `--initial-cluster=${all.map((each) => `${each}=${members[each].peer}`).join(",")}`,
    `--initial-advertise-peer-urls=${members[name].peer}`,
  ];
  const pair = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  writeFileSync(`${directory}/sa.key`, pair.privateKey);
  writeFileSync(`${directory}/sa.pub`, pair.publicKey);
  writeFileSync(`${directory}/tokens`, "secret,admin,1,system:masters\n");

  /** Started again when it ends by itself, as Docker does: an API server that gets no answer in its first half minute ends. */
  const run = (command: string, args: readonly string[]): (() => Promise<void>) => {
    let isStopped = false;
    let child: ChildProcess;
    const start = (): void => {
      child = spawn(command, args, { stdio: "ignore" });
      child.once("exit", () => {
        if (isStopped) return;
        context.diagnostic(`${basename(command)} ended by itself and is started again`);
        start();
      });
    };
    const stop = async (): Promise<void> => {
      if (isStopped) return;
      isStopped = true;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    };
    start();
    context.after(stop);
    return stop;
  };
  const member = (name: MemberName, data: string): (() => Promise<void>) => {
    const { client, peer } = members[name];
    const listen = [
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
    ];
    return run(etcd, [`--data-dir=${directory}/${data}`, ...initial(name, ["m1", "m2"]), ...listen]);
  };
  const server = async (name: string): Promise<Server> => {
    const port = await freePort();
    const stop = run(apiserver, [
      `--etcd-servers=${members.m1.client},${members.m2.client}`,
      `--secure-port=${port}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${directory}/${name}`,
      `--token-auth-file=${directory}/tokens`,
      `--service-account-key-file=${directory}/sa.pub`,
      `--service-account-signing-key-file=${directory}/sa.key`,
      "--service-account-issuer=https://test",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--authorization-mode=RBAC",
      "--endpoint-reconciler-type=none",
    ]);
    const ask = async (path: string, body?: object): Promise<Answer> => {
      const ca = readFileSync(`${directory}/${name}/apiserver.crt`);
      const headers = { authorization: "Bearer secret", "content-type": "application/json" };
      const method = body === undefined ? "GET" : "POST";
      const signal = AbortSignal.timeout(requestMs);
      return new Promise((resolve, reject) => {
        const url = `https://127.0.0.1:${port}${path}`;
        const asked = request(url, { ca, headers, method, signal }, (answer) => {
          text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
        });
        asked.once("error", reject);
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      });
    };
    return {
      list: async (query = "") => {
        const { status, body } = await ask(`${configMaps}${query}`);
        assert.equal(status, 200, body);
        // Kubernetes' own document
        const { items, metadata } = JSON.parse(body) as ConfigMapList;
        return { names: items.map((item) => item.metadata.name), revision: Number(metadata.resourceVersion) };
      },
      create: async (called) => {
        const { status, body } = await ask(configMaps, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: called },
        });
        assert.equal(status, 201, body);
      },
      watch: async (revision) => ask(`${configMaps}?watch=1&timeoutSeconds=3&resourceVersion=${revision}`),
      stop,
    };
  };
  const save = async () =>
    runCommand([etcdctl, `--endpoints=${members.m1.client}`, "snapshot", "save", `${directory}/s.db`]);
  const restore = async () =>
    runCommand([
      etcdutl,
      "snapshot",
      "restore",
      `${directory}/s.db`,
      `--data-dir=${directory}/restored`,
      ...initial("m1", ["m1"]),
      "--initial-cluster-token=new",
      `--bump-revision=${bump}`,
      "--mark-compacted",
    ]);
  return { member, server, save, restore };
}

/** Undefined without an answer in time, which is told as such here or as a failure of storage by the API server. */
async function answered(server: Server, query: string): Promise<Listed | undefined> {
  try {
    return await server.list(query);
  } catch (error) {
    if (error instanceof Error && /aborted|timed out|timeout|no leader/i.test(`${error.name} ${error.message}`))
      return undefined;
    throw error;
  }
}

async function urls(): Promise<{ readonly client: string; readonly peer: string }> {
  return { client: `http://127.0.0.1:${await freePort()}`, peer: `http://127.0.0.1:${await freePort()}` };
}

/** `list` answers from the API server's cache when any revision will do. */
const cached = "?resourceVersion=0";

test(
  "an API server that nobody stopped reads the restored etcd at once, and its cache follows within a minute",
  { skip: skipWithoutRelease(), timeout: 900_000 },
  async (context) => {
    const { member, server, save, restore } = await world(context);
    const stopMember = member("m1", "former-1");
    // that of the late host: it stays, without a quorum
    member("m2", "former-2");
    const [late, told] = [await server("late"), await server("told")];
    await eventually(async () => late.create("kept"), { what: "an object is there", deadlineMs });
    await save();
    await late.create("gone");
    for (const each of [late, told])
      await eventually(async () => (await each.list(cached)).names.includes("gone"), {
        what: "both know it",
        deadlineMs,
      });
    const former = await late.list();

    // as its agent does where the host config has come
    await told.stop();
    await stopMember();
    await restore();
    member("m1", "restored");

    const seen: Listed[] = [];
    const isNew = ({ revision }: Listed): boolean => revision > bump;
    await eventually(
      async () => {
        seen.push(await late.list());
        return seen.filter(isNew).length >= 3;
      },
      { what: "it reads what was restored", deadlineMs },
    );
    for (const { names } of seen.filter(isNew))
      assert.ok(names.includes("kept") && !names.includes("gone"), names.join());
    const fresh = await server("anew");
    await eventually(async () => fresh.create("first"), { what: "the first write", deadlineMs });
    const begun = await eventually(async () => fresh.list(cached), { what: "its cache is filled", deadlineMs });
    assert.ok(!begun.names.includes("gone"));
    const began = performance.now();
    await eventually(
      async () => {
        const { names, revision } = await late.list(cached);
        return revision > bump && names.includes("first") && !names.includes("gone");
      },
      { what: "its cache has what was restored", deadlineMs: 60_000 },
    );
    context.diagnostic(`its cache followed the first write after ${(performance.now() - began).toFixed(0)} ms`);
    // what goes to the member without a quorum gets no answer; what is answered is of the restored cluster
    for (const [name, each] of Object.entries({ late, fresh })) {
      const looks: (Listed | undefined)[] = [];
      for (let look = 0; look < 20; look++) looks.push(await answered(each, ""), await answered(each, cached));
      const answers = looks.filter((one) => one !== undefined);
      for (const one of answers)
        assert.ok(isNew(one) && !one.names.includes("gone"), `${name}: ${JSON.stringify(one)}`);
      assert.ok(answers.length > 0);
      context.diagnostic(`${answers.length} of 40 looks at ${name} were answered within ${requestMs} ms`);
    }
    // whoever goes on from before is told to begin anew
    for (const each of [late, fresh])
      await eventually(async () => (await each.watch(former.revision)).body.includes('"code":410'), {
        what: "a watch from before is told to begin anew",
        deadlineMs,
      });
    await eventually(async () => late.create("through-the-late-one"), { what: "the late one writes, too", deadlineMs });
    await eventually(async () => (await fresh.list()).names.includes("through-the-late-one"), {
      what: "into the restored cluster",
      deadlineMs,
    });
  },
);
