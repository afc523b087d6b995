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
    cp -al "$LAB_SEED"/* "$dir/disk/" 2>/dev/null || cp -a "$LAB_SEED"/* "$dir/disk/"
    find "$dir/disk" \( -name '*.db' -o -name '*.sql' -o -name '*.lock' \) -exec sh -euc 'for f; do cp -p "$f" "$f.new"; mv "$f.new" "$f"; done' sh {} +
  fi
}

disk() {
  local host=${1:-} what=${2:-}
  need "$host"
  [ -e "$(host_dir "$host")/disk.img" ] || die "$host has no disk of its own: set LAB_DISK before up"
  case $what in
    fill) (in_host "$host" sh -c "$DISK_FILL") || die "$host: the disk is not full" ;;
    free) (in_host "$host" sh -c "$DISK_FREE") ;;
    *) usage ;;
  esac
}
# For the host's shell. Space is taken without being written where the file system can, then to the last byte; dd and cat fail by
# design, what counts is that nothing is left. What was removed a moment ago is room with the journal's next commit only, and daemons
# remove things at any time, so the disk is filled again and again until it is freed.
# shellcheck disable=SC2016
DISK_FILL='exec 3>>/var/tmp/fill
  fallocate -l "$(($(df -P -k /var/tmp | tr -s " " | cut -d " " -f 4 | tail -n 1) * 1024))" /var/tmp/fill 2>/dev/null
  more="for size in 1M 4k 1; do dd if=/dev/zero bs=\$size >&3; done 2>/dev/null"
  eval "$more"
  setsid sh -c "while [ -e /var/tmp/fill ]; do $more; sleep 0.2; done" </dev/null >/dev/null 2>&1 &
  for look in $(seq 300); do
    echo x >/var/tmp/one-more 2>/dev/null
    [ -s /var/tmp/one-more ] || exit 0
    sleep 0.1
  done
  exit 1'
# shellcheck disable=SC2016
DISK_FREE='rm -f /var/tmp/fill
  until echo x >/var/tmp/one-more && [ -s /var/tmp/one-more ]; do sleep 0.1; done 2>/dev/null
  rm -f /var/tmp/one-more'

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
  cp -a "$disk"/{docker,containerd,containers} "$seed.new/"
  mv "$seed.new" "$seed"
}
