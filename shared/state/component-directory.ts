// Where a component's own files live on a host, and which names in there are ours without a ledger.

/** Everything below it with a digest's name, and `live`, is ours. */
export function componentDirectory(component: string): string {
  return `/etc/kubernetes/${component}`;
}

/** Directory of files that are replaced while their container runs. */
export function liveDirectoryOf(component: string): string {
  return `${componentDirectory(component)}/live`;
}

/** True for the `live` directory of any component, and nothing else. */
export function isLivePath(path: string): boolean {
  return /^\/etc\/kubernetes\/[a-z0-9][a-z0-9-]*\/live$/.test(path);
}

/** True for the base name of a sealed directory: a digest of 32 to 64 hex digits. */
export function isSealedName(base: string): boolean {
  return /^[0-9a-f]{32,64}$/.test(base);
}

/** True for `/etc/kubernetes/<component>/<digest>` and nothing else. */
export function isSealedPath(path: string): boolean {
  const [, component = "", name = ""] = /^\/etc\/kubernetes\/([a-z0-9][a-z0-9-]*)\/([^/]+)$/.exec(path) ?? [];
  return component !== "" && isSealedName(name);
}

/** False for what would lead out of the directory of components, or into its middle. */
export function isComponentName(component: string): boolean {
  return /^[a-z0-9][a-z0-9._-]*$/i.test(component);
}
