// What a faulty engine does to calls: a server on a socket stands in for the host's Docker.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { text } from "node:stream/consumers";
import { startFaultyEngine, type FaultyEngine } from "./faulty-engine.ts";

const truth = JSON.stringify([{ Id: "1" }, { Id: "2" }]);

type Ground = { readonly engine: FaultyEngine; readonly ask: () => Promise<string> };

async function ground(t: TestContext, seed: number): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-faulty-"));
  const socket = join(directory, "docker.sock");
  const daemon = createServer((_, response) => void response.end(truth));
  await new Promise<void>((resolve) => daemon.listen(socket, resolve));
  const engine = await startFaultyEngine({ socket }, seed, { longestDelayMs: 2, longestHangMs: 5 });
  t.after(async () => {
    await engine.close();
    daemon.closeAllConnections();
    daemon.close();
    await rm(directory, { recursive: true });
  });
  return { engine, ask: async () => ask(join(directory, "proxy.sock")) };
}

/** What the client gets: the status with the body, or that the connection broke. */
async function ask(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const broken = (): void => resolve("broken");
    const asked = request({ socketPath, path: "/v1.41/containers/json", agent: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), broken);
    });
    asked.once("error", broken).end();
  });
}

async function answersOf({ engine, ask: askIt }: Ground, budget: number): Promise<readonly string[]> {
  const answers: string[] = [];
  engine.spoil(budget);
  while (!engine.isMended()) answers.push(await askIt());
  return answers;
}

test("the same seed spoils the same calls alike, and another one others", async (t) => {
  const [one, same, other] = await Promise.all([ground(t, 3), ground(t, 3), ground(t, 4)]);

  const answers = await answersOf(one, 6);

  assert.deepEqual(await answersOf(same, 6), answers);
  assert.deepEqual([...same.engine.spoiled], [...one.engine.spoiled]);
  assert.notDeepEqual(await answersOf(other, 6), answers);
});

test("so many calls as the budget has are spoiled, then none, until it is given another", async (t) => {
  const one = await ground(t, 3);
  const count = (): number => [...one.engine.spoiled.values()].reduce((sum, of) => sum + of, 0);
  assert.equal(await one.ask(), `200 ${truth}`);

  await answersOf(one, 4);

  assert.equal(count(), 4);
  for (let call = 0; call < 20; call++) assert.equal(await one.ask(), `200 ${truth}`);
  one.engine.spoil(5);
  one.engine.mend();
  for (let call = 0; call < 20; call++) assert.equal(await one.ask(), `200 ${truth}`);
  assert.equal(count(), 4);
});

test("calls are refused, broken, cut and answered with lies", async (t) => {
  const answers = new Set(await answersOf(await ground(t, 5), 60));

  for (const refusal of [500, 409, 404]) assert.ok(answers.has(`${refusal} {"message":"the engine is worn out"}`));
  assert.ok(answers.has("broken"));
  assert.ok(answers.has("200 []"));
  assert.ok(answers.has('200 [{"Id":"1"}]') && answers.has('200 [{"Id":"2"}]'));
});
