// The script that puts CNI plug-ins on the host. POSIX sh; cp, mv, rm and sync by themselves or of busybox.

/** Arguments: the directory in the image, and the host's. */
export const cniPluginsScript = `#!/bin/sh
# Copies each CNI plug-in as a whole: beside its place first, then by rename, since one may be running while it is replaced.
set -eu
from=$1 to=$2

command -v cp >/dev/null || cp() { busybox cp "$@"; }
command -v mv >/dev/null || mv() { busybox mv "$@"; }
command -v rm >/dev/null || rm() { busybox rm "$@"; }
command -v sync >/dev/null || sync() { busybox sync; }

rm -f "$to"/.flexkube-* # left over by a run that was cut
for plugin in "$from"/*; do
  cp "$plugin" "$to/.flexkube-\${plugin##*/}"
done
sync # a plug-in that lost its content to a power cut would never be missed
for plugin in "$from"/*; do
  mv -f "$to/.flexkube-\${plugin##*/}" "$to/\${plugin##*/}"
done
`;
