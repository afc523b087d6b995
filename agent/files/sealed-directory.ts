// Which directories may be removed with all that is in them.
import { componentDirectory, isSealedName } from "#shared/reconcile/component-directory.ts";
import { baseOf, parentOf } from "./resolve-path.ts";

/** True for `/etc/kubernetes/<component>/<digest>` and nothing else. */
export function isSealedDirectory(path: string): boolean {
  const component = baseOf(parentOf(path));
  return (
    /^[a-z0-9][a-z0-9-]*$/.test(component) &&
    path === `${componentDirectory(component)}/${baseOf(path)}` &&
    isSealedName(baseOf(path))
  );
}
