// Bundles one program into one CommonJS file. Main modules import lazily, and esbuild keeps that within the file.
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(import.meta.dirname));
const empty = fileURLToPath(new URL("stubs/empty.cjs", import.meta.url));

/** The program's code and everything it imports, as one file's text. */
export async function bundle(program: "agent" | "planner"): Promise<string> {
  return bundleEntry(join(repository, program, "main.ts"));
}

/** The same of any other module. */
export async function bundleEntry(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    // node:vm's scripts have require only
    supported: { "dynamic-import": false },
    format: "cjs",
    minify: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "warning",
    alias: {
      ssh2: fileURLToPath(new URL("stubs/ssh2.cjs", import.meta.url)),
      "@grpc/grpc-js": empty,
      "@grpc/proto-loader": empty,
      protobufjs: empty,
    },
  });
  return result.outputFiles.map((file) => file.text).join("");
}

/** The text of a function that runs the code as a CommonJS module; loader.cjs and the warm-up compile this. */
export function programText(code: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}
