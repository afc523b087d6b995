// Why an image cannot be pulled, from the words of Docker 20.10 and 28.5: whose fault it is, and what to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pullFailure } from "./pull-failure.ts";

const image = "10.77.0.1:5000/tools/web:1";
const get = (words: string): string => `Get "https://10.77.0.1:5000/v2/": ${words}`;
const certificates = "/etc/docker/certs.d/10.77.0.1:5000";

const rows: readonly (readonly [words: string, told: RegExp, advice: RegExp])[] = [
  [
    get("x509: certificate signed by unknown authority"),
    /^10\.77\.0\.1:5000 presents a certificate of a CA that this host's Docker does not know /,
    new RegExp(`put that CA's certificate into ${certificates}/ca\\.crt on this host`),
  ],
  [
    get("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    /of a CA that this host's Docker does not know/,
    /ca\.crt/,
  ],
  [
    get("x509: certificate is valid for 10.77.0.9, reg.example.org, not 10.77.0.1"),
    /presents a certificate for 10\.77\.0\.9, reg\.example\.org, not for 10\.77\.0\.1 \(/,
    /name the registry as its certificate does/,
  ],
  [
    get(
      "tls: failed to verify certificate: x509: cannot validate certificate for 10.77.0.1 because it doesn't contain any IP SANs",
    ),
    /presents a certificate that is not for 10\.77\.0\.1 \(/,
    /name the registry as its certificate does/,
  ],
  [
    get("x509: certificate is not valid for any names, but wanted to match reg.example.org"),
    /presents a certificate that is not for reg\.example\.org \(/,
    /as its certificate does/,
  ],
  [
    get("x509: certificate relies on legacy Common Name field, use SANs instead"),
    /presents a certificate that this host's Docker does not take/,
    /give the registry another one/,
  ],
  [
    get(
      "x509: certificate has expired or is not yet valid: current time 2026-11-28T20:07:01Z is after 2025-02-01T00:00:00Z",
    ),
    /presents a certificate that has ended .*is after 2025-02-01T00:00:00Z/,
    /renew it, or set this host's clock right/,
  ],
  [
    get(
      "x509: certificate has expired or is not yet valid: current time 2026-11-28T20:07:01Z is before 2030-01-01T00:00:00Z",
    ),
    /presents a certificate that is not valid yet /,
    /set the clock right/,
  ],
  [
    get("http: server gave HTTP response to HTTPS client"),
    /^10\.77\.0\.1:5000 answers without TLS/,
    /insecure-registries .* \/etc\/docker\/daemon\.json/,
  ],
  [get("tls: first record does not look like a TLS handshake"), /answers without TLS/, /check its port/],
  [
    get("remote error: tls: certificate required"),
    /asks for a certificate, and this host's Docker shows none/,
    new RegExp(`client\\.cert and client\\.key in ${certificates}`),
  ],
  [get("remote error: tls: bad certificate"), /refuses this host's certificate \(/, /client\.cert/],
  [get("remote error: tls: unknown certificate authority"), /refuses this host's certificate \(/, /client\.cert/],
  [get("remote error: tls: expired certificate"), /refuses this host's certificate \(/, /client\.cert/],
  [get("remote error: tls: handshake failure"), /refuses the TLS handshake .*handshake failure/, /client\.cert/],
  [get("remote error: tls: protocol version not supported"), /refuses the TLS handshake/, /version of TLS/],
  [
    get("dial tcp 10.77.0.1:5000: connect: connection refused"),
    /cannot be reached .*connection refused/,
    /archive of it into images\.directory, or name a registry or mirror that this host reaches/,
  ],
  [get("dial tcp 10.77.0.1:5000: connect: no route to host"), /cannot be reached/, /mirror/],
  [get("dial tcp 10.77.0.1:5000: i/o timeout"), /cannot be reached/, /mirror/],
  [get("EOF"), /cannot be reached \(the connection was cut: EOF\)/, /mirror/],
  [
    get("net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"),
    /cannot be reached/,
    /mirror/,
  ],
  [get("context deadline exceeded"), /cannot be reached/, /mirror/],
  [
    get("proxyconnect tcp: dial tcp 10.0.0.3:3128: connect: connection refused"),
    /^the proxy of this host's Docker cannot be reached .*10\.0\.0\.3:3128/,
    /proxy/,
  ],
  [
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.77.0.1:53: no such host',
    /^registry-1\.docker\.io cannot be reached \(its name is not known: .*no such host\)/,
    /mirror/,
  ],
  ["unauthorized: authentication required", /^10\.77\.0\.1:5000 wants a name and password/, /images\.registries/],
  [get("unauthorized"), /wants a name and password/, /images\.registries/],
  [get("no basic auth credentials"), /wants a name and password/, /images\.registries/],
  [
    "pull access denied for tools/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    /gives out no such image, or not to this host/,
    /check its name, and its registry's credentials in images\.registries/,
  ],
  ["manifest unknown", /10\.77\.0\.1:5000 does not have it/, /check its name and tag/],
  ["manifest for 10.77.0.1:5000/tools/web:1 not found: manifest unknown: manifest unknown", /does not have it/, /tag/],
  [
    "no matching manifest for linux/arm64/v8 in the manifest list entries",
    /has it for other processors only .*linux\/arm64/,
    /an image for this one/,
  ],
  ["toomanyrequests: You have reached your pull rate limit.", /limits how much is pulled/, /images\.registries/],
  ["received unexpected HTTP status: 503 Service Unavailable", /fails .*503/, /tried again/],
  [
    "error unmarshalling content: invalid character '<' looking for beginning of value",
    /what answers at 10\.77\.0\.1:5000 is no registry/,
    /proxy or a portal/,
  ],
  ["write /var/lib/docker/tmp/GetImageBlob1: no space left on device", /^this host's disk is full/, /free space/],
];

for (const [words, told, advice] of rows)
  test(`a pull fails with: ${words}`, () => {
    const text = pullFailure(image, words);

    assert.ok(text.startsWith(`${image}: `), text);
    const rest = text.slice(image.length + 2);
    assert.match(rest, told);
    assert.match(rest.slice(rest.indexOf("; ")), advice);
  });

test("the host that refuses need not be the registry itself", () => {
  const words = 'Get "https://auth.example.org/token?scope=x": x509: certificate signed by unknown authority';
  const text = pullFailure("reg.example.org/web:1", words);

  assert.match(text, /: auth\.example\.org presents a certificate of a CA/);
  assert.doesNotMatch(text, /certs\.d/);
  assert.match(text, /among the CA certificates of this host, and restart Docker/);
});

test("words that nobody knows are told as they are", () => {
  assert.equal(
    pullFailure("web:1", "the moon is full"),
    "web:1: the moon is full; check its name and its registry's credentials in images.registries, or put an archive of it into images.directory",
  );
});

test("the same failure is told in the same words at every try", () => {
  const at = (port: number, second: number): readonly string[] =>
    [
      `read tcp 10.77.0.11:${port}->10.77.0.1:5000: read: connection reset by peer`,
      `dial tcp: lookup reg on 10.77.0.1:53: read udp 10.77.0.11:${port}->10.77.0.1:53: i/o timeout`,
      `x509: certificate has expired or is not yet valid: current time 2026-11-28T20:07:${second}Z is after 2025-02-01T00:00:00Z`,
    ].map((words) => pullFailure(image, get(words)));

  assert.deepEqual(at(58148, 11), at(49720, 42));
});
