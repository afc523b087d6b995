// Entry of flexkube-planner: a dispatcher with lazy imports.
import { exit } from "node:process";

async function main(args: readonly string[]): Promise<number> {
  const { runPlanner } = await import("./cli.ts");
  return runPlanner(args);
}

main(process.argv.slice(2)).then(exit, (error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  exit(1);
});
