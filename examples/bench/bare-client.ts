// Docker's API without anything around it: one connection to the socket, calls one after the other.
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

export type BareCall = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{name}` stands for the id that an earlier call with `saves: name` got. */
  readonly path: string;
  readonly body?: object | undefined;
  readonly upload?: Uint8Array | undefined;
  readonly saves?: string | undefined;
};

export type BareClient = {
  /** The answer's JSON document, or its text. Throws for an error status. */
  readonly call: (call: BareCall) => Promise<unknown>;
  /** All calls in order; resolves to what they took, in milliseconds. */
  readonly run: (calls: readonly BareCall[]) => Promise<number>;
  readonly close: () => void;
};

/** Connects at the first call. */
export function bareClient(socketPath: string): BareClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = async (wanted: BareCall): Promise<unknown> => send(wanted, { socketPath, agent });
  return {
    call,
    run: async (calls) => {
      const ids = new Map<string, string>();
      const begun = performance.now();
      for (const wanted of calls) {
        const path = wanted.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => ids.get(name) ?? "");
        const answer = await call({ ...wanted, path });
        if (wanted.saves !== undefined) ids.set(wanted.saves, idIn(answer));
      }
      return performance.now() - begun;
    },
    close: () => agent.destroy(),
  };
}

async function send(
  { method, path, body: document, upload }: BareCall,
  about: { readonly socketPath: string; readonly agent: Agent },
): Promise<unknown> {
  const content = upload ?? (document === undefined ? undefined : Buffer.from(JSON.stringify(document)));
  const type = upload === undefined ? "application/json" : "application/x-tar";
  const headers = content === undefined ? {} : { "content-type": type, "content-length": content.byteLength };
  const { status, said } = await new Promise<{ readonly status: number; readonly said: string }>((resolve, reject) => {
    const outgoing = request({ ...about, method, path, headers }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, said: body }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(content);
  });
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${said}`);
  return said.startsWith("{") || said.startsWith("[") ? JSON.parse(said) : said;
}

function idIn(answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "Id" in answer) return String(answer.Id);
  throw new Error("the engine gave no id");
}
