#!/bin/bash
# For make, after recipes.sh: images of another architecture than this machine's. What recipes take of this machine comes from Debian 12's
# packages of that one instead, unpacked without being set up, and Go compiles for it.
# shellcheck disable=SC2154 # arch, cache, here and root are make's

packages=busybox-static,haproxy,coreutils
system=$cache/system-$(echo "$packages" | sha256sum | cut -c1-16)
export GOARCH=$arch

if [ ! -d "$system" ]; then
  (
    work=$(mktemp -d "$system.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "make: unpacking programs for $arch, once" >&2
    mmdebstrap --quiet --variant=extract --mode=root --architectures="$arch" --skip=check/qemu --include="$packages" \
      --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=path-exclude='/usr/share/doc/*' bookworm "$work/root" \
      "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $("$here/../mirror") bookworm main" >&2
    [ -d "$system" ] || mv "$work/root" "$system"
  )
fi

emulator=$("$here/../emulator" "$arch")

put() { # SOURCE DESTINATION
  cp -L "$system$1" "$root$2"
  put_libraries "$1"
}

put_libraries() { # PROGRAM
  local library
  [[ $(readelf -l "$system$1") == *INTERP* ]] || return 0 # a static program
  # what ldd does
  for library in $("$emulator" -L "$system" "$system"/lib/ld-linux-*.so.* --list "$system$1" | grep -o '/[^ ]*\.so[^ ]*'); do
    library=${library#"$system"}
    mkdir -p "$root${library%/*}"
    cp -Lu "$system$library" "$root$library"
  done
}

inputs_busybox() { echo "$system"; }
inputs_haproxy() { echo "$system"; }
