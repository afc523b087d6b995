# shellcheck shell=bash
# Disks of hosts: seeded, limited, filled, wiped.

# A seed's layers are never written in place, so they are hard-linked; databases are, so they are copied.
disk_new() {
  local dir=$1
  if [ -n "${LAB_DISK:-}" ]; then
    truncate -s "$LAB_DISK" "$dir/disk.img"
    mkfs.ext4 -q -m 0 -E lazy_itable_init=1 "$dir/disk.img"
    [ -z "${LAB_SEED:-}" ] || echo "$LAB_SEED" >"$dir/seed" # copied at the first boot
  elif [ -n "${LAB_SEED:-}" ]; then
    # a hard link cannot reach another file system
    cp -al "$LAB_SEED"/{docker,containerd} "$dir/disk/" 2>/dev/null || cp -a "$LAB_SEED"/{docker,containerd} "$dir/disk/"
    find "$dir/disk" -name '*.db' -exec sh -euc 'for f; do cp -p "$f" "$f.new"; mv "$f.new" "$f"; done' sh {} +
  fi
}

# shellcheck disable=SC2016 # the quoted commands are for the host's shell
disk() {
  local host=${1:-} what=${2:-}
  need "$host"
  [ -e "$(host_dir "$host")/disk.img" ] || die "$host has no disk of its own: set LAB_DISK before up"
  if is_machine "$host"; then
    case $what in fill) machine_fill "$host" ;; free) machine_free "$host" ;; *) usage ;; esac
    return
  fi
  case $what in
    # the last block too; dd fails by design, what counts is that nothing is left
    fill) in_host "$host" sh -c 'for size in 1M 4k 1; do dd if=/dev/zero bs=$size 2>/dev/null; done >/var/tmp/fill
        echo x >/var/tmp/one-more 2>/dev/null; [ ! -s /var/tmp/one-more ]' || die "$host: the disk is not full" ;;
    free) in_host "$host" rm -f /var/tmp/fill /var/tmp/one-more ;;
    *) usage ;;
  esac
}

# Paths are looked up in the host's own root, so links in it stay in it.
wipe() {
  local host=${1:-} path
  need "$host"
  shift
  [ $# -gt 0 ] || usage
  host_down "$host" || die "$host is up: power it off first"
  for path in "$@"; do
    [[ $path =~ ^/[^/] && ! $path =~ (^|/)\.\.(/|$) ]] || die "not an absolute path below /: $path"
  done
  unshare --mount --propagation private -- "$SELF" __run wipe_paths "$host" "$@" 9>&-
}
wipe_paths() {
  local host=$1
  shift
  if is_machine "$host"; then mount -o loop "$(host_dir "$host")/disk.img" "$(host_dir "$host")/root"; else mount_root "$host"; fi
  chroot "$(host_dir "$host")/root" /usr/bin/busybox rm -rf -- "$@"
}

# seed_make DIR BASE TAR... [-- TAR...]: the stores of a host that loaded the images, at DIR when they are whole; DIR's name begins
# with a kind and a dash.
seed_make() {
  local seed=${1:-} base=${2:-} dir
  [ $# -gt 2 ] || usage
  shift 2
  mkdir -p "$(dirname "$seed")"
  exec 8>"$seed.lock"
  flock 8
  [ ! -d "$seed" ] || return 0
  forget_seeds "$seed"
  dir=$(mktemp -d /tmp/seed-XXXXXX)
  if ! LAB_DIR=$dir LAB_SEED='' LAB_DISK='' LAB_CRI='' LAB_OWNER=$$ "$SELF" __run seed_fill "$seed" "$base" "$@" 8>&-; then
    LAB_DIR=$dir "$SELF" down 8>&-
    die "the image store $seed could not be made"
  fi
  LAB_DIR=$dir "$SELF" down 8>&-
}
# Stores like this one that were not used for a day, and all but the newest: they were made from images that have been built anew
# since, and one with Kubernetes takes a gigabyte.
forget_seeds() {
  local seeds=("$(dirname "$1")" -maxdepth 1 -name "$(basename "$1" | cut -d- -f1)-*") kept=40
  find "${seeds[@]}" -mmin +1440 -exec rm -rf {} +
  find "${seeds[@]}" -type d -printf '%T@ %p\n' | sort -rn | tail -n "+$kept" | cut -d' ' -f2- | while read -r old; do
    rm -rf "$old" "$old.lock" "$old"-root-*
  done
}
seed_fill() {
  local seed=$1 base=$2 tar disk how=load
  disk=$(host_dir seed)/disk
  shift 2
  "$SELF" up "seed=$base"
  for tar in "$@"; do
    if [ "$tar" = -- ]; then how=import; else "$SELF" $how "$tar" seed >/dev/null; fi
  done
  "$SELF" stop seed
  rm -f "$disk"/docker/engine-id "$disk"/containerd/io.containerd.grpc.v1.introspection/uuid # who a daemon is
  rm -rf "$seed.new"
  mkdir "$seed.new"
  cp -a "$disk"/{docker,containerd} "$seed.new/"
  mv "$seed.new" "$seed"
}
