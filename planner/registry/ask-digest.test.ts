import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { RegistryAnswer, RegistryRequest } from "#planner/io/ask-registry.ts";
import { askDigest, RegistryError } from "./ask-digest.ts";
import type { Credentials } from "./ask-digest.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const me = { username: "me", password: "secret" };
const mine = `Basic ${Buffer.from("me:secret").toString("base64")}`;
const ok = answerOf(200, { "docker-content-digest": digest });

function answerOf(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): RegistryAnswer {
  return { status, headers, body: Buffer.from(body) };
}

const challenge = (realm: string): RegistryAnswer =>
  answerOf(401, { "www-authenticate": `Bearer realm="${realm}",service="registry",scope="repository:a/b:pull"` });

/** What was asked, as `METHOD URL authorization`, and what came of it. */
async function asked(
  image: string,
  answer: (request: RegistryRequest) => RegistryAnswer,
  credentials?: Credentials,
): Promise<{ readonly calls: readonly string[]; readonly got: string }> {
  const calls: string[] = [];
  const got = await askDigest(image, credentials, async (request) => {
    calls.push([request.method, request.url.href, request.headers["authorization"] ?? ""].join(" ").trimEnd());
    return Promise.resolve(answer(request));
  }).catch((error: unknown) => {
    assert.ok(error instanceof RegistryError);
    return error.message;
  });
  return { calls, got };
}

test("a registry is asked for the tag's manifest, Docker's own by its real name, and this machine's without TLS", async () => {
  const rows = [
    ["haproxy:3.2", "https://registry-1.docker.io/v2/library/haproxy/manifests/3.2"],
    ["quay.io/coreos/etcd:v3.6.16", "https://quay.io/v2/coreos/etcd/manifests/v3.6.16"],
    ["registry.example.org:5000/a/b", "https://registry.example.org:5000/v2/a/b/manifests/latest"],
    ["127.0.0.1:5000/a:1", "http://127.0.0.1:5000/v2/a/manifests/1"],
    ["127.0.0.1.example.org/a:1", "https://127.0.0.1.example.org/v2/a/manifests/1"],
  ];
  for (const [image = "", url] of rows)
    assert.deepEqual(await asked(image, () => ok), { calls: [`HEAD ${url}`], got: digest });
});

test("a registry that tells no digest, or something else in its place, is asked for the manifest, whose digest it is", async () => {
  const body = '{"schemaVersion":2}';
  for (const headers of [{}, { "docker-content-digest": "latest" }]) {
    const { calls, got } = await asked("quay.io/a/b:1", ({ method }) =>
      answerOf(200, headers, method === "GET" ? body : ""),
    );
    assert.equal(got, `sha256:${createHash("sha256").update(body).digest("hex")}`);
    assert.equal(calls.length, 2);
  }
});

test("a token is had where the registry says, with the credentials of that registry, and is sent to it alone", async () => {
  const answer = ({ url, headers }: RegistryRequest): RegistryAnswer => {
    if (url.host === "auth.example.org") return answerOf(200, {}, '{"access_token":"t0ken"}');
    return headers["authorization"] === "Bearer t0ken" ? ok : challenge("https://auth.example.org/token?a=1");
  };
  const manifest = "https://quay.io/v2/a/b/manifests/1";
  const tokens = "https://auth.example.org/token?a=1&service=registry&scope=repository%3Aa%2Fb%3Apull";
  for (const [credentials, sent] of [
    [undefined, ""],
    [me, ` ${mine}`],
  ] as const)
    assert.deepEqual(await asked("quay.io/a/b:1", answer, credentials), {
      calls: [`HEAD ${manifest}`, `GET ${tokens}${sent}`, `HEAD ${manifest} Bearer t0ken`],
      got: digest,
    });
});

test("where a registry leads elsewhere, that place is told neither credentials nor the token of another", async () => {
  const answer = ({ url, headers }: RegistryRequest): RegistryAnswer => {
    if (url.host === "registry.k8s.io") return answerOf(307, { location: "https://eu.example.org/v2/x/manifests/1" });
    if (url.host === "auth.example.org") return answerOf(200, {}, '{"token":"t0ken"}');
    return headers["authorization"] === "Bearer t0ken" ? ok : challenge("https://auth.example.org/");
  };
  const { calls, got } = await asked("registry.k8s.io/x:1", answer, me);
  assert.equal(got, digest);
  for (const call of calls) assert.ok(!call.includes(mine) && (!call.includes("t0ken") || call.includes("eu.")), call);
});

test("what a registry refuses is said in words, and nothing goes over a wire without TLS", async () => {
  const rows: readonly (readonly [RegistryAnswer, string])[] = [
    [answerOf(404), "quay.io has no such image or tag"],
    [answerOf(403), "quay.io wants credentials, or has no such image (images.registries)"],
    [answerOf(429), "quay.io has had too many requests: try again later"],
    [answerOf(500), "quay.io answers 500"],
    [answerOf(401, { "www-authenticate": 'Basic realm="x"' }), "quay.io wants credentials (images.registries)"],
    [answerOf(401), "quay.io wants a kind of authentication that is not known"],
    [
      answerOf(401, { "www-authenticate": 'Bearer realm="nowhere"' }),
      "quay.io wants a kind of authentication that is not known",
    ],
    [challenge("http://auth.example.org/"), "quay.io has its tokens at auth.example.org without TLS"],
    [answerOf(302), "quay.io redirects to nowhere"],
    [answerOf(302, { location: "http://quay.io/v2/" }), "quay.io redirects to quay.io without TLS"],
    [answerOf(302, { location: "/again" }), "quay.io redirects more than 5 times"],
  ];
  for (const [answer, words] of rows) assert.equal((await asked("quay.io/a/b:1", () => answer)).got, words);
  const refused = await asked("quay.io/a/b:1", () => challenge("https://quay.io/token"));
  assert.equal(refused.got, "quay.io does not take the credentials of images.registries");
  for (const body of ["", "{}", '{"token":"a\\r\\nb"}', '{"token":1}'])
    assert.equal(
      (
        await asked("quay.io/a/b:1", ({ url }) =>
          url.pathname === "/t" ? answerOf(200, {}, body) : challenge("https://quay.io/t"),
        )
      ).got,
      "quay.io gives no token (200)",
    );
});
