// The command line of flexkube-agent.
export async function runAgent(args: readonly string[]): Promise<number> {
  await Promise.resolve();
  process.stdout.write(`flexkube-agent 0.1.0 ${args.length}\n`);
  return 0;
}
