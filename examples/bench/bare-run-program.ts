// Runs bare calls in a host that is a machine, so that they pass no more than the agent's do: standard input is the calls as JSON,
// with uploads in base64; standard output the milliseconds they took. `node bare-run-program.ts SOCKET`.
import { argv, stdin, stdout } from "node:process";
import { text } from "node:stream/consumers";
import { bareClient, type BareCall } from "./bare-client.ts";

export type WrittenCall = Omit<BareCall, "upload"> & { readonly upload?: string };

const written = JSON.parse(await text(stdin)) as readonly WrittenCall[];
const calls = written.map(({ upload, ...call }) =>
  upload === undefined ? call : { ...call, upload: Buffer.from(upload, "base64") },
);
const client = bareClient(argv[2] ?? "/var/run/docker.sock");
try {
  stdout.write(String(await client.run(calls)));
} finally {
  client.close();
}
