// bare-requests.ts - HTTP requests without anything around them, within the network of the host that this is started in. The first line
// of standard input is a JSON list of `BareRequest`; for each line after it all of them are made, one after the other, and the
// milliseconds that they took are printed.
import { request as requestHttp } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { stdin, stdout } from "node:process";

export type BareRequest = {
  readonly url: string;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** On a connection that stays; otherwise each has its own, which resumes a TLS session. */
  readonly kept: boolean;
};

const agents = { kept: new Agent({ keepAlive: true, maxSockets: 1 }), fresh: new Agent({ keepAlive: false }) };

async function main(): Promise<void> {
  let requests: readonly BareRequest[] | undefined;
  for await (const line of createInterface({ input: stdin })) {
    if (requests === undefined) {
      // the parent's own list
      requests = JSON.parse(line) as readonly BareRequest[];
      continue;
    }
    const begun = performance.now();
    for (const wanted of requests) await ask(wanted);
    stdout.write(`${performance.now() - begun}\n`);
  }
}

async function ask({ url, kept, ...tls }: BareRequest): Promise<void> {
  const agent = kept ? agents.kept : agents.fresh;
  const status = await new Promise<number>((resolve, reject) => {
    const read = (answer: Parameters<typeof text>[0] & { readonly statusCode?: number | undefined }): void => {
      text(answer).then(() => resolve(answer.statusCode ?? 0), reject);
    };
    const outgoing = url.startsWith("https:")
      ? requestHttps(url, { agent, rejectUnauthorized: tls.ca !== undefined, ...tls }, read)
      : requestHttp(url, { agent: false }, read);
    outgoing.once("error", reject);
    outgoing.end();
  });
  if (status >= 400) throw new Error(`${url}: ${status}`);
}

await main();
