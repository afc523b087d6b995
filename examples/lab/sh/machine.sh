# shellcheck shell=bash
# Hosts of kind machine: a User Mode Linux each, or one that QEMU emulates (emulated.sh), with a kernel, systemd and disk of its own
# (../machine). Commands come by ssh over a cable of their own, which no network fault touches; the disk is a plain ext4 image, which a
# test may look at while the host is off.

is_machine() { [ -e "$(host_dir "$1")/machine" ]; }

# machine_new DIR BASE: "machine" is Debian 13, "machine-SUITE" another; "emulated" is Debian 13 with its own kernel, "emulated-ARCH" of
# another architecture. Leaves in DIR `base`, the image that the disk begins with, and `machine`, what is started.
machine_new() {
  local dir=$1 image memory=2G
  case $2 in
    emulated*) emulated_base "$dir" "${2#emulated}" ;;
    *) uml_base "$dir" "${2#machine}" ;;
  esac
  image=$(cat "$dir/base")
  [ -z "${LAB_CRI:-}" ] || cp "$HERE/machine/containerd-cri.toml" "$dir/run/"
  if [ -n "${LAB_CRI:-}" ]; then memory=5G; fi
  echo "${LAB_MEM:-$memory}" >"$dir/memory"
  echo "${LAB_CPUS:-2}" >"$dir/cpus"
  echo "${LAB_BOOT:-}" >"$dir/boot"
  [ -z "${LAB_SEED:-}" ] || image=$(machine_seeded "$image")
  cp --sparse=always "$image" "$dir/disk.img"
  if [ -e "$dir/arch" ]; then emulated_modules "$dir"; fi
  [ -z "${LAB_DISK:-}" ] || machine_disk_size "$dir/disk.img" "$LAB_DISK"
}

uml_base() { # DIR -SUITE
  # as `.ci/debian machines` installs them
  require_programs ssh:openssh-client mmdebstrap:mmdebstrap flex:flex bison:bison bc:bc gcc:gcc make:make
  local suite=${2#-}
  "$HERE/machine/root" "${suite:-trixie}" >"$1/base"
  "$HERE/machine/kernel" >"$1/machine"
}

machine_disk_size() { # IMAGE SIZE
  e2fsck -fy "$1" >/dev/null 2>&1 || [ $? -lt 2 ]
  resize2fs "$1" "$2" >/dev/null 2>&1 || die "a disk of $2 is too small for this host"
}

# The base with an image store in it, made once beside the store.
machine_seeded() ( # IMAGE
  seeded=$LAB_SEED-$(basename "$1")
  exec 8>"$LAB_SEED.lock"
  flock 8
  if [ ! -e "$seeded" ]; then
    cp --sparse=always "$1" "$seeded.new"
    unshare --mount --propagation private -- "$SELF" __run machine_seed "$seeded.new" "$LAB_SEED" 8>&- 9>&-
    mv "$seeded.new" "$seeded"
  fi
  echo "$seeded"
)
machine_seed() { # IMAGE SEED, in a mount namespace of its own
  local at
  at=$(mktemp -d)
  mount -o loop "$1" "$at"
  rm -rf "$at"/var/lib/{docker,containerd}
  cp -a "$2"/{docker,containerd} "$at/var/lib/"
  umount "$at"
  rmdir "$at"
}

# What the host reads at each boot, in the directory that it has as /run/lab.
machine_identity() {
  local host=$1 dir other
  dir=$(host_dir "$host")
  [ -e "$LAB_DIR/key" ] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$LAB_DIR/key"
  cp "$LAB_DIR/key.pub" "$dir/run/key.pub"
  echo "$host" >"$dir/run/name"
  cp "$dir/ip" "$dir/run/address"
  machine_way "$host" 2 >"$dir/run/way-in"
  {
    echo "127.0.0.1 localhost"
    for other in "$LAB_DIR"/h/*/; do echo "$(cat "$other/ip") $(basename "$other")"; done
  } >"$dir/run/hosts"
}
# The cable for commands is a network of two addresses: 1 is the lab's end, 2 the host's.
machine_way() { echo "169.254.$(sed 's/.*[.]//' "$(host_dir "$1")/ip").$2"; }

# The same at each boot, as a real network card's: others remember it.
machine_mac() { printf '02:00:00:00:%s:%02x' "$2" "$(sed 's/.*[.]//' "$(host_dir "$1")/ip")"; }

# The host's cables end at u-NAME and d-NAME. A network card there drops frames that are longer than a packet, as TCP hands them to a cable
# that could split them itself.
machine_cables() {
  local host=$1
  cable_remove "$host"
  machine_remove "$host" # there is none at the first start
  in_switch sh -euc "ip link add v-$host type veth peer name u-$host; ip link set v-$host master br0 up; ip link set u-$host up
    ip link add c-$host type veth peer name d-$host; ip link set c-$host up; ip link set d-$host up
    ip address add $(machine_way "$host" 1)/30 dev c-$host
    ip link set v-$host gso_max_segs 1; ip link set c-$host gso_max_segs 1"
}

machine_start() {
  local host=$1 dir line
  dir=$(host_dir "$host")
  if host_pid "$host" >/dev/null && booted "$host"; then return; fi
  kill_all "/h/$host" # a start that was interrupted
  rm -f "$dir"/run/{docker.sock,booted} "$dir/way"
  machine_identity "$host"
  machine_cables "$host"
  if [ -e "$dir/arch" ]; then emulated_line "$host"; else uml_line "$host"; fi
  (
    cgroup_join "/h/$host"
    cd / && exec setsid nsenter -t "$(switch_pid)" -n -- "${line[@]}" </dev/null >"$dir/run/console.log" 2>&1 9>&-
  ) &
  pid_write $! "$dir/pid"
  poll_for "$(machine_patience "$host")" 0.1 machine_open "$host" || die "$host did not boot: $(tail -n 20 "$dir/run/console.log")"
  touch "$dir/run/booted"
}
# Seconds that a boot may take. An emulated processor is some fifty times slower.
machine_patience() { if [ -e "$(host_dir "$1")/arch" ]; then echo 1800; else echo 300; fi; }

# Seconds that a new connection may take; each that is given up costs the host as much as one that is not.
machine_answer_seconds() { if [ -e "$(host_dir "$1")/arch" ]; then echo 120; else echo 2; fi; }

# What all kernels are told.
machine_words() { echo "fstab=no systemd.show_status=0 systemd.mask=systemd-fsck-root.service $(cat "$(host_dir "$1")/boot")"; }

uml_line() { # HOST - into the caller's `line`
  local host=$1 dir words
  dir=$(host_dir "$host")
  read -ra words <<<"$(machine_words "$host")"
  line=("$(cat "$dir/machine")" umid="$host" uml_dir="$dir/uml" mem="$(cat "$dir/memory")" ncpus="$(cat "$dir/cpus")" seccomp=on
    ubd0="$dir/disk.img" root=/dev/ubda rw rootflags=noauto_da_alloc
    "vec0:transport=raw,ifname=u-$host,depth=64,mac=$(machine_mac "$host" 00)"
    "vec1:transport=raw,ifname=d-$host,depth=64,mac=$(machine_mac "$host" 01)"
    con=null con0=null,fd:1 ssl=null lab.dir="$dir/run" "${words[@]}")
}

# Opens the way in: one connection that every command shares, and that Docker's socket comes by. False while the host is not there.
machine_open() {
  local host=$1 dir pid
  dir=$(host_dir "$host")
  pid=$(host_pid "$host") || die "$host ended: $(tail -n 20 "$dir/run/console.log")"
  ! machine_ssh "$host" -O check 2>/dev/null || return 0
  rm -f "$dir/way"
  (
    cgroup_join "/h/$host"
    exec setsid nsenter -t "$(switch_pid)" -n -- ssh "${MACHINE_SSH[@]}" -i "$LAB_DIR/key" -o "ConnectTimeout=$(machine_answer_seconds "$host")" -S "$dir/way" -M -f -N \
      -L "$dir/run/docker.sock:/run/docker.sock" "root@$(machine_way "$host" 2)" </dev/null >/dev/null 2>&1 9>&-
  )
}
# the key exchange is the one that costs an emulated processor least
MACHINE_SSH=(-F none -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
  -o StreamLocalBindUnlink=yes -o ExitOnForwardFailure=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=40)
machine_ssh() {
  local host=$1
  shift
  ssh "${MACHINE_SSH[@]}" -S "$(host_dir "$host")/way" "$@" "root@$host"
}

# Replaces the calling shell.
machine_exec() {
  local host=$1
  shift
  machine_open "$host" || die "$host does not take commands"
  exec ssh "${MACHINE_SSH[@]}" -S "$(host_dir "$host")/way" "root@$host" \
    "env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb$(printf ' %q' "$@")"
}

machine_stop() {
  local host=$1
  thaw "$host"
  if host_pid "$host" >/dev/null; then
    # the connection may end before the command does
    (machine_exec "$host" systemctl poweroff) || true
    poll_for "$(machine_patience "$host")" 0.1 host_down "$host" || echo "hosts: $host did not stop in time; power cut" >&2
  fi
  host_kill "$host"
}

machine_boot_id() { (machine_exec "$1" cat /proc/sys/kernel/random/boot_id) 2>/dev/null; }
machine_rebooted() { # HOST BOOT-ID
  local now
  now=$(machine_boot_id "$1") && [ -n "$now" ] && [ "$now" != "$2" ]
}
machine_reboot() {
  local host=$1 before
  before=$(machine_boot_id "$host") || die "$host does not take commands"
  (machine_exec "$host" systemctl reboot) || true # the connection may end before the command does
  poll_for "$(machine_patience "$host")" 0.1 machine_rebooted "$host" "$before" || die "$host did not come back: $(tail -n 20 "$(host_dir "$host")/run/console.log")"
}

machine_remove() {
  local cable
  switch_pid >/dev/null || return 0
  for cable in c t b; do in_switch ip link del "$cable-$1" 2>/dev/null || true; done # two of them only where it was emulated
}

# The clock that the host has at its next boots, in words of date(1), such as "400 days ago".
machine_clock() {
  need "${1:-}"
  is_machine "$1" || die "$1 has the machine's own clock"
  if [ "${2:-}" = right ]; then rm -f "$(host_dir "$1")/run/clock"; else echo "${2:?hosts clock NAME WORDS}" >"$(host_dir "$1")/run/clock"; fi
  if [ -e "$(host_dir "$1")/arch" ]; then emulated_letter "$1"; fi
}

machine_dockerd() {
  local host=$1
  case ${2:-} in
    kill) (machine_exec "$host" systemctl kill --signal=KILL docker.service) ;;
    off) (machine_exec "$host" systemctl disable --now -q docker.socket docker.service) ;;
    on)
      (machine_exec "$host" systemctl enable --now -q docker.socket docker.service)
      docker_wait "$host"
      ;;
    *) usage ;;
  esac
}
