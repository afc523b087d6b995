// One request to an image registry, bounded in time and size. Nothing is kept open, and no redirect is followed.
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { networkWords, strangeCertificate } from "#shared/network-words.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { boundedBody } from "./bounded-body.ts";

export type RegistryRequest = {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};
/** Header names are in lower case. */
export type RegistryAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};
/** One request, bounded in time and size, no redirect followed. Throws Error with why there is no answer. */
export type AskRegistry = (request: RegistryRequest) => Promise<RegistryAnswer>;

const usualLimitMs = 15_000;
/** As much as registries themselves take for a manifest. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** `limitMs`: for a request and its whole answer. */
export const askWithin =
  (limitMs: number): AskRegistry =>
  async ({ method, url, headers }) =>
    new Promise<RegistryAnswer>((resolve, reject) => {
      const request = url.protocol === "https:" ? secure : plain;
      const sent = request(url, {
        method,
        headers: { ...headers, "user-agent": "flexkube-planner" },
        signal: AbortSignal.timeout(limitMs),
        agent: false,
      });
      const fail = (error: unknown): void => reject(new Error(unreachable(url.host, error, limitMs), { cause: error }));
      sent.on("error", fail);
      sent.on("response", (response) => {
        const [status, answered] = [response.statusCode ?? 0, headersOf(response.headers)];
        boundedBody(response, maxAnswerBytes).then((body) => resolve({ status, headers: answered, body }), fail);
      });
      sent.end();
    });

export const askRegistry: AskRegistry = askWithin(usualLimitMs);

function unreachable(host: string, error: unknown, limitMs: number): string {
  if (error instanceof Error && error.name === "AbortError")
    return `${host} gives no answer within ${limitMs / 1000} s`;
  const known =
    networkWords(error) ??
    strangeCertificate(error, "this machine believes: NODE_EXTRA_CA_CERTS=FILE names further ones");
  return known === undefined ? `${host}: ${reasonOf(error)}` : `${host} cannot be reached: ${known}`;
}

function headersOf(all: NodeJS.Dict<string | string[]>): RegistryAnswer["headers"] {
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
