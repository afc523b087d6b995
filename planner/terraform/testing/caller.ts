// A caller of the provider, as Terraform is one, without Terraform: starts the program, shakes hands, asks. For tests and for warming the
// program's code cache.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import type { ChannelCredentials, ClientReadableStream } from "@grpc/grpc-js";
import { callerEnvironment } from "#planner/terraform/plugin/handshake.ts";
import { ownCertificate } from "#planner/terraform/plugin/own-certificate.ts";
import { pluginServices } from "#planner/terraform/plugin/services.ts";
import type { DynamicValue, Value } from "#planner/terraform/wire/value.ts";
import { readValue, writeValue } from "#planner/terraform/wire/value.ts";

const callTimeoutMs = 300_000;
/** Public names of the protocol in which a value travels. */
const values = ["config", "prior_state", "proposed_new_state", "planned_state", "current_state"] as const;

export type CallerOptions = {
  readonly command: readonly [string, ...(readonly string[])];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Nobody has a certificate, and nothing goes between the two but the calls: what a program does then hangs on no key and no timing. */
  readonly isBare?: true;
};

export type Answered = Readonly<Record<string, unknown>>;

export type Caller = {
  /** The line with which the program has answered its start. */
  readonly handshake: string;
  readonly child: ChildProcess;
  /** Asks with values in plain form, where the message has them. */
  readonly call: (name: string, request?: Readonly<Record<string, unknown>>) => Promise<Answered>;
  /** A value of an answer. */
  readonly value: (answer: Answered, name: string) => Value;
  /** Asks the program to end; resolves to its exit code. */
  readonly end: () => Promise<number | null>;
  /** What it has said on standard error. */
  readonly said: () => string;
};

export async function startCaller({ command, folder, environment = {}, isBare }: CallerOptions): Promise<Caller> {
  const own = ownCertificate(Date.now());
  const [file, ...args] = command;
  const certificates = isBare ? {} : { PLUGIN_CLIENT_CERT: own.certificate };
  const env = { PATH: process.env["PATH"], ...callerEnvironment, ...certificates, ...environment };
  const child = spawn(file, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let stderr = "";
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  const handshake = await firstLine(child, exited, () => stderr);
  const [, , , socket = "", , certificate = ""] = handshake.split("|");
  const access = isBare ? credentials.createInsecure() : secureAccess(own, certificate);
  const client = new Client(`unix:${socket}`, access, { "grpc.ssl_target_name_override": "localhost" });
  const stdio = isBare ? undefined : openStdio(client);
  return {
    handshake,
    child,
    said: () => stderr,
    call: (name, request = {}) => ask(client, `/tfplugin6.Provider/${name}`, inMessages(request)),
    value: (answer, name) => readValue(answer[name] as DynamicValue | null),
    end: async () => {
      await ask(client, "/plugin.GRPCController/Shutdown", {});
      stdio?.cancel();
      client.close();
      await exited;
      return child.exitCode;
    },
  };
}

function secureAccess(own: ReturnType<typeof ownCertificate>, certificate: string): ChannelCredentials {
  const server = new X509Certificate(Buffer.from(certificate, "base64")).toString();
  return credentials.createSsl(Buffer.from(server), Buffer.from(own.key), Buffer.from(own.certificate));
}

async function firstLine(
  child: ChildProcess & { readonly stdout: NodeJS.ReadableStream | null },
  exited: Promise<unknown>,
  said: () => string,
): Promise<string> {
  if (child.stdout === null) throw new Error("the program has no standard output");
  const lines = createInterface(child.stdout);
  const line = await Promise.race([once(lines, "line"), exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`the program ended before it was called: ${said()}`);
  return String(line[0]);
}

/** As Terraform does; that it is cut tells the program that its caller is gone. */
function openStdio(client: Client): ClientReadableStream<object> {
  const { path, requestSerialize, responseDeserialize } = methodOf("/plugin.GRPCStdio/StreamStdio");
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
  stream.on("error", () => undefined);
  stream.on("data", () => undefined);
  return stream;
}

function methodOf(path: string) {
  const method = Object.values(pluginServices())
    .flatMap((service) => Object.values(service))
    .find((each) => each.path === path);
  if (method === undefined) throw new Error(`no method ${path}`);
  return method;
}

async function ask(client: Client, path: string, request: object): Promise<Answered> {
  const { requestSerialize, responseDeserialize } = methodOf(path);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + callTimeoutMs },
      // decoded by the description of its message
      (error, answer) => (error === null ? resolve(answer as Answered) : reject(error)),
    );
  });
}

function isMessage(value: unknown): boolean {
  return typeof value === "object" && value !== null && "msgpack" in value;
}

function inMessages(request: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(request).map(([name, value]): readonly [string, unknown] => [
    name,
    // who calls gives values there, or what an answer had
    values.some((each) => each === name) && !isMessage(value) ? writeValue(value as Value) : value,
  ]);
  return Object.fromEntries(entries);
}
