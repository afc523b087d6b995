// Bundles one program into one CommonJS file. Main modules import lazily, and esbuild keeps that within the file.
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(import.meta.dirname));
/** What becomes an executable: the provider is one of Terraform and OpenTofu. */
export type Program = "agent" | "planner" | "provider";

const entries: Readonly<Record<Program, string>> = {
  agent: "agent/main.ts",
  planner: "planner/main.ts",
  provider: "planner/terraform/main.ts",
};
const empty = fileURLToPath(new URL("stubs/empty.cjs", import.meta.url));

export type Bundle = {
  readonly text: string;
  /** The files that it is made of, relative to the repository. */
  readonly inputs: readonly string[];
};

/** The program's code and everything it imports, as one file's text; with the commit that `version` says, for a release. */
export async function bundle(program: Program, commit?: string): Promise<Bundle> {
  return bundleEntry(join(repository, entries[program]), { commit, isCalledByGrpc: program === "provider" });
}

/** Docker's client loads it for what nobody here asks of Docker. */
const withoutGrpc = { "@grpc/grpc-js": empty, "@grpc/proto-loader": empty, protobufjs: empty };

/** The same of any other module. */
export async function bundleEntry(
  entry: string,
  { commit, isCalledByGrpc = false }: { readonly commit?: string | undefined; readonly isCalledByGrpc?: boolean } = {},
): Promise<Bundle> {
  const result = await build({
    entryPoints: [entry],
    define: commit === undefined ? {} : { FLEXKUBE_COMMIT: JSON.stringify(commit) },
    metafile: true,
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
    alias: { ssh2: fileURLToPath(new URL("stubs/ssh2.cjs", import.meta.url)), ...(isCalledByGrpc ? {} : withoutGrpc) },
  });
  const inputs = Object.keys(result.metafile.inputs).toSorted();
  const text = result.outputFiles.map((file) => file.text).join("");
  refuseWideCharacters(text);
  return { text, inputs };
}

/**
 * V8 keeps a text with one byte a character, or with two for a single other one: a program's text stays for as long as it runs. esbuild
 * escapes what stands in strings, but not in a regular expression or in the literal parts of a tagged template.
 */
function refuseWideCharacters(text: string): void {
  const [found] = /.{0,40}[^\x00-\x7f].{0,40}/u.exec(text) ?? [];
  if (found !== undefined) throw new Error(`a program's text has a character beyond ASCII: …${found}…`);
}

/** The text of a function that runs the code as a CommonJS module; loader.cjs and the warm-up compile this. */
export function programText(code: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}
