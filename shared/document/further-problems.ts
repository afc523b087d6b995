// What is found in the rest of a document whose wrong values were taken out: of those themselves nothing more is said.
import type { Problem } from "#shared/errors.ts";
import { firstByPlace } from "./cap-problems.ts";

/**
 * All by place. One further problem of a value that is told of, or of what lies in it, would be of our having taken it out: that it is
 * missing, or that what stands in for it does not fit.
 */
export function withFurther(told: readonly Problem[], further: readonly Problem[], file: string): readonly Problem[] {
  const paths = told.map(({ path }) => path).filter((path) => path !== "");
  const isTold = (path: string): boolean =>
    paths.some((each) => path.startsWith(each) && ["", ".", "["].includes(path.charAt(each.length)));
  return firstByPlace([...told, ...further.filter(({ path }) => !isTold(path))], file);
}
