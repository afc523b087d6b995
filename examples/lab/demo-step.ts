// A step of the demo, with a dot every two seconds and the seconds that it took.
import { stderr } from "node:process";

/** Throws what `act` throws. */
export async function step<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const begun = performance.now();
  stderr.write(`${what} …`);
  const ticking = setInterval(() => void stderr.write("."), 2000);
  try {
    const result = await act();
    stderr.write(` ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    stderr.write(" FAILED\n");
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
