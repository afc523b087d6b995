// Entry of flexkube-agent: a dispatcher with lazy imports, so that `version` and `commit` start fast.
import { exit } from "node:process";

async function main(args: readonly string[]): Promise<number> {
  const { runAgent } = await import("./cli.ts");
  return runAgent(args);
}

main(process.argv.slice(2)).then(exit, (error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  exit(1);
});
