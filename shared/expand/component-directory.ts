// Where a component's files lie on the host.

/** The directory that belongs to one component; everything below it is ours. */
export function componentDirectory(component: string): string {
  return `/etc/kubernetes/${component}`;
}

/** Directory of files that are replaced while their container runs. */
export function liveDirectoryOf(component: string): string {
  return `${componentDirectory(component)}/live`;
}
