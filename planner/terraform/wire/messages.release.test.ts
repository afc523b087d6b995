// The descriptions of the protocol beside the protocol itself, as its Go modules have it: names, numbers and types of every field.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { runCommand } from "#lab/run-command.ts";
import { healthProtocol, pluginProtocol, providerProtocol } from "./messages.ts";

const go = fileURLToPath(new URL("../../../images/lab/go", import.meta.url));
const isAsked = process.env["EVERYTHING"] === "1";
const skip = !isAsked && "fetches Go modules; EVERYTHING=1 runs it";

async function moduleFolder(module: string): Promise<string> {
  const told: unknown = JSON.parse(await runCommand(["env", "-C", tmpdir(), go, "mod", "download", "-json", module]));
  assert.ok(typeof told === "object" && told !== null && "Dir" in told);
  return String(told.Dir);
}

/** Every field of every message and every method, a line each. */
function linesOf(text: string): ReadonlySet<string> {
  const root = new protobuf.Root();
  // of the one file that they import
  protobuf.parse(
    `syntax = "proto3"; package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; } message Empty {}`,
    root,
  );
  protobuf.parse(text, root, { keepCase: true });
  root.resolveAll();
  const lines: string[] = [];
  const walk = (each: protobuf.ReflectionObject): void => {
    if (each instanceof protobuf.Type)
      for (const field of each.fieldsArray) {
        const type =
          field.resolvedType instanceof protobuf.Enum ? "enum" : (field.resolvedType?.fullName ?? field.type);
        const key = field instanceof protobuf.MapField ? `map<${field.keyType}>` : field.repeated ? "repeated" : "";
        lines.push(`${field.fullName} = ${field.id} ${key} ${type}`);
      }
    if (each instanceof protobuf.Service)
      for (const method of each.methodsArray)
        lines.push(
          `${method.fullName} ${method.requestType} ${method.requestStream} ${method.responseType} ${method.responseStream}`,
        );
    if (each instanceof protobuf.Namespace) each.nestedArray.forEach(walk);
  };
  walk(root);
  return new Set(lines);
}

/** One type for all that names something: metadata of three kinds have a message each. */
const own = /\.tfplugin6\.GetMetadata\.(?:Named|NamedFunction|Response)\./;

test("each field of the provider's messages is one of the protocol, with its number and type", { skip }, async () => {
  const folder = await moduleFolder("github.com/hashicorp/terraform-plugin-go@v0.31.0");
  const theirs = linesOf(await readFile(join(folder, "tfprotov6/internal/tfplugin6/tfplugin6.proto"), "utf8"));

  const unlike = [...linesOf(providerProtocol)].filter((line) => !theirs.has(line) && !own.test(line));

  assert.deepEqual(unlike, []);
});

test("so are those of the services beside it", { skip }, async () => {
  const folder = await moduleFolder("github.com/hashicorp/go-plugin@v1.8.0");
  const texts = ["grpc_broker", "grpc_controller", "grpc_stdio"].map(async (name) =>
    readFile(join(folder, `internal/plugin/${name}.proto`), "utf8"),
  );
  const theirs = new Set((await Promise.all(texts)).flatMap((text) => [...linesOf(text)]));

  const unlike = [...linesOf(pluginProtocol)].filter((line) => !theirs.has(line) && !line.includes("google.protobuf"));

  // the standard output of a plug-in is told by way of a message of Google's, which is as empty as ours
  assert.deepEqual(
    unlike.filter((line) => !line.startsWith(".plugin.GRPCStdio")),
    [],
  );
  assert.equal([...linesOf(healthProtocol)].length > 0, true);
});
