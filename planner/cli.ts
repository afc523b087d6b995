// The command line of flexkube-planner.
export async function runPlanner(args: readonly string[]): Promise<number> {
  await Promise.resolve();
  process.stdout.write(`flexkube-planner 0.1.0 ${args.length}\n`);
  return 0;
}
