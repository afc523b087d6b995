// One request to a Kubernetes API over mutual TLS, bounded in time and size.
import { request } from "node:https";
import { FlexkubeError } from "#shared/errors.ts";
import { networkWords, strangeCertificate } from "#shared/network-words.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { boundedBody } from "./bounded-body.ts";

export type ApiAccess = {
  /** URL without a path. */
  readonly server: string;
  /** PEM texts. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
};

export type ApiCall = {
  readonly method: "GET" | "PATCH";
  /** With its query. */
  readonly path: string;
  /** Applied by the server. */
  readonly apply?: object | undefined;
};

/** The answer whatever its status. Throws KUBERNETES_UNREACHABLE. */
export type AskApi = (access: ApiAccess, call: ApiCall) => Promise<{ readonly status: number; readonly body: string }>;

const limitMs = 15_000;
/** Larger than any object: etcd takes 1.5 MiB. */
const maxAnswerBytes = 4 * 1024 * 1024;

export const askApi: AskApi = async ({ server, ca, certificate, key }, { method, path, apply }) => {
  try {
    return await new Promise((resolve, reject) => {
      const body = apply === undefined ? undefined : JSON.stringify(apply);
      const headers = {
        accept: "application/json",
        "user-agent": "flexkube-planner",
        ...(body === undefined ? {} : { "content-type": "application/apply-patch+yaml" }),
      };
      const signal = AbortSignal.timeout(limitMs);
      const sent = request(new URL(path, server), {
        method,
        headers,
        ca,
        cert: certificate,
        key,
        signal,
        agent: false,
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const status = response.statusCode ?? 0;
        boundedBody(response, maxAnswerBytes).then(
          (answer) => resolve({ status, body: answer.toString("utf8") }),
          reject,
        );
      });
      sent.end(body);
    });
  } catch (error) {
    const details = { call: `${method} ${server}${path.split("?")[0] ?? ""}`, reason: wordsOf(error) };
    throw new FlexkubeError("KUBERNETES_UNREACHABLE", "the Kubernetes API does not answer", details, { cause: error });
  }
};

function wordsOf(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return `no answer within ${limitMs / 1000} s`;
  return (
    networkWords(error) ?? strangeCertificate(error, "this cluster's API has: is it another's?") ?? reasonOf(error)
  );
}
