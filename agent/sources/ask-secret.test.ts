// What an agent asks the cluster about its own Secret, and what it makes of each answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest, KubernetesClient } from "#agent/kubernetes/kubernetes-client.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { askSecret } from "./ask-secret.ts";

const path = "/api/v1/namespaces/flexkube-delivery/secrets/box";
const sealed = Buffer.from([0x61, 0x80, 0xff]);
const metadata = { resourceVersion: "7", annotations: { "flexkube.io/generation": "3" } };
const whole = { metadata, data: { "host.age": sealed.toString("base64") } };

/** Answers one after the other, and remembers what was asked: `metadata` or `whole`. */
function api(...answers: readonly unknown[]) {
  const asked: string[] = [];
  const left = [...answers];
  const client: KubernetesClient = {
    request: async (request: ApiRequest) => {
      assert.deepEqual([request.method, request.path], ["GET", path]);
      asked.push("metadataOnly" in request && request.metadataOnly === "object" ? "metadata" : "whole");
      const answer = left.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { client, asked };
}

async function ask(client: KubernetesClient, mark?: string, signal = new AbortController().signal) {
  const claims: (number | undefined)[] = [];
  const found = await askSecret(client, { name: "box", mark, claimed: (claim) => void claims.push(claim) }, signal);
  return { found, claims };
}

test("without a version that is known all of it is asked for, and comes byte by byte with its version", async () => {
  const { client, asked } = api(whole);

  const { found, claims } = await ask(client);

  assert.deepEqual(found, { kind: "text", text: sealed.toString("latin1"), mark: "7" });
  assert.deepEqual([asked, claims], [["whole"], [3]]);
});

test("while its version is the same only metadata is asked for, and nothing is claimed anew", async () => {
  const { client, asked } = api({ metadata });

  assert.deepEqual(await ask(client, "7"), { found: { kind: "same" }, claims: [] });
  assert.deepEqual(asked, ["metadata"]);
});

test("another version is asked for as a whole", async () => {
  const { client, asked } = api({ metadata }, whole);

  assert.equal((await ask(client, "6")).found.kind, "text");
  assert.deepEqual(asked, ["metadata", "whole"]);
});

test("a Secret that is not there, or gone between two questions, is nothing wrong", async () => {
  const gone = new FlexkubeError("KUBERNETES_NOT_FOUND", "not there", { call: "GET", reason: "not found" });

  assert.deepEqual(await ask(api(gone).client), { found: { kind: "nothing" }, claims: [] });
  assert.deepEqual(await ask(api({ metadata }, gone).client, "6"), { found: { kind: "nothing" }, claims: [] });
});

test("one without a host config, and an API that does not answer, are told with why", async () => {
  const away = new FlexkubeError("KUBERNETES_UNREACHABLE", "no answer", { call: "GET", reason: "nothing listens" });

  assert.deepEqual((await ask(api({ metadata, data: {} }).client)).found, {
    kind: "none",
    reason: "it has no data host.age",
  });
  const { found } = await ask(api(away).client);
  assert.match(found.kind === "none" ? found.reason : "", /nothing listens/);
});

test("a generation that is no number is no claim, and one without a version is asked for as a whole again", async () => {
  const strange = { metadata: { annotations: { "flexkube.io/generation": "3 or so" } }, data: whole.data };

  const { found, claims } = await ask(api(strange).client);

  assert.deepEqual([found.kind === "text" && found.mark, claims], [undefined, [undefined]]);
});

test("an end rejects with its reason whatever the API said, and a bug is not hidden", async () => {
  const end = AbortSignal.abort(new Error("the agent ends"));

  await assert.rejects(ask(api(new Error("cut")).client, undefined, end), /the agent ends/);
  await assert.rejects(ask(api(new TypeError("a bug")).client), /a bug/);
});
